import BerthAPI
import JSON
import LinuxSystem
import SeccompFilter
import Synchronization

/// How plugins are held in.
public struct ConfinementSettings: Sendable {
    /// `berth-confine`.
    public var executable: String
    /// Below each hierarchy's root; nil for no control groups.
    public var cgroupParent: String?
    /// Instances that run as the daemon itself does.
    public var unconfined: Set<String> = []

    public init(executable: String, cgroupParent: String? = nil, unconfined: Set<String> = []) {
        self.executable = executable
        self.cgroupParent = cgroupParent
        self.unconfined = unconfined
    }
}

/// A plugin that is to run, and what it asks for.
public struct ConfinedPlugin: Sendable {
    /// Its logical name.
    public var name: String
    public var privileges: PluginManifest.Privileges
    public var configuration: JSON
    /// Its package, and where its executable is if elsewhere.
    public var package: [String]
    /// Absolute paths of its own folders.
    public var state: String
    public var run: String

    public init(
        name: String, privileges: PluginManifest.Privileges, configuration: JSON, package: [String], state: String,
        run: String
    ) {
        self.name = name
        self.privileges = privileges
        self.configuration = configuration
        self.package = package
        self.state = state
        self.run = run
    }

    /// Absolute paths that it may write.
    public var writable: [String] { [state, run] + declared(readOnly: false) }

    func declared(readOnly: Bool) -> [String] {
        privileges.paths.compactMap(DeclaredPath.init).filter { $0.isReadOnly == readOnly }
            .flatMap { $0.paths(configuration) }
    }
}

/// Makes the cells that plugins run in.
public final class Confiner: Sendable {
    private let settings: ConfinementSettings
    private let cgroups: PluginCgroups?
    /// Compiled filters by the privileged calls that they let through; compiled once.
    private let filters = Mutex<[Set<String>: SharedDescriptor]>([:])

    /// - Parameters:
    ///   - owner: a word without `-`, the same for one daemon in all its lives: the names of its groups have it.
    ///   - warn: is told what cannot be enforced on this host, and what cannot be taken away.
    public init(_ settings: ConfinementSettings, owner: String, warn: @escaping @Sendable (String) -> Void) {
        self.settings = settings
        cgroups = settings.cgroupParent.map { PluginCgroups(parent: $0, owner: owner, warn: warn) }
    }

    public func confines(_ name: String) -> Bool { !settings.unconfined.contains(name) }

    /// What is enforced on a plugin's process; nil for one that runs unconfined.
    public func enforced(on plugin: ConfinedPlugin) -> PluginConfinement? {
        guard confines(plugin.name) else { return nil }
        let privileges = plugin.privileges
        let limits = cgroups?.isUsable == true ? privileges.limits ?? .init() : nil
        let defaults = PluginManifest.Privileges.defaultLimits
        return PluginConfinement(
            capabilities: privileges.capabilities, network: privileges.network,
            devices: privileges.devices.flatMap(Self.devices),
            readable: plugin.package + plugin.declared(readOnly: true),
            writable: plugin.writable, systemCalls: privileges.systemCalls ?? [],
            memory: limits.flatMap { isInMemory(plugin.state) ? nil : $0.memory ?? defaults.memory },
            processes: limits.flatMap { $0.processes ?? defaults.processes })
    }

    /// `/dev/loop*` stands for those that are there now.
    private static func devices(_ entry: String) -> [String] {
        guard entry.hasSuffix("*") else { return [entry] }
        let (folder, prefix) = (parentDirectory(entry), entry.dropLast())
        return ((try? listDirectory(folder)) ?? []).map { "\(folder)/\($0)" }.filter { $0.hasPrefix(prefix) }.sorted()
    }

    /// What a plugin stores on a file system in memory is charged to its control group and outlives its process.
    private func isInMemory(_ folder: String) -> Bool {
        guard let place = try? RootFolder.openPlace(folder), let type = try? fileSystemType(place.raw) else {
            return false
        }
        return type == .tmpfs || type == .ramfs
    }

    /// A cell for one process; nil for a plugin that runs unconfined.
    public func cell(for plugin: ConfinedPlugin) throws -> PluginCell? {
        guard let enforced = enforced(on: plugin) else { return nil }
        return try PluginCell(
            enforced, executable: settings.executable, filter: try filter(Set(enforced.systemCalls)),
            cgroup: cgroups?.make(for: plugin.name, memory: enforced.memory, processes: enforced.processes))
    }

    private func filter(_ calls: Set<String>) throws -> SharedDescriptor {
        if let filter = filters.withLock({ $0[calls] }) { return filter }
        let program = try SeccompFilter.compile(SeccompFilter.pluginProfile(privileged: calls))
        let filter = try memoryFile(program)
        filters.withLock { $0[calls] = filter }
        return filter
    }

    /// Ends every process that was started in a cell of this owner, by a daemon that died in whatever moment.
    ///
    /// - Parameter kept: paths of groups that are in use.
    public func endLeftovers(except kept: Set<String>) { cgroups?.endLeftovers(except: kept) }

    /// Removes this owner's groups that nobody is in.
    ///
    /// - Parameter withParent: whether the folder of all groups goes too: it is nobody else's.
    public func removeEmptyGroups(withParent: Bool = false) { cgroups?.removeEmpty(withParent: withParent) }
}

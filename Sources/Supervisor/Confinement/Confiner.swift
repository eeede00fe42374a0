import BerthAPI
import LinuxSystem
import Logging
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

/// Makes the cells that plugins run in.
final class Confiner: Sendable {
    /// The state and run directories that a process gets.
    typealias Directories = (state: String, run: String)

    private let settings: ConfinementSettings
    private let cgroups: PluginCgroups?
    /// Compiled filters by the privileged calls that they let through; compiled once.
    private let filters = Mutex<[Set<String>: SharedDescriptor]>([:])

    init(_ settings: ConfinementSettings, logger: Logger) {
        self.settings = settings
        cgroups = settings.cgroupParent.map { PluginCgroups(parent: $0, logger: logger) }
    }

    func confines(_ name: String) -> Bool { !settings.unconfined.contains(name) }

    /// What is enforced on an instance's process; nil for one that runs unconfined.
    func enforced(
        on definition: PluginDefinition, named name: String, _ directories: Directories
    ) -> PluginConfinement? {
        guard confines(name) else { return nil }
        let (privileges, package) = (definition.manifest.privileges, definition.package)
        let declared = privileges.paths.compactMap(DeclaredPath.init)
        let paths = { (readOnly: Bool) in
            declared.filter { $0.isReadOnly == readOnly }.flatMap { $0.paths(definition.configuration) }
        }
        let limits = cgroups?.isUsable == true ? privileges.limits ?? .init() : nil
        let defaults = PluginManifest.Privileges.defaultLimits
        return PluginConfinement(
            capabilities: privileges.capabilities, network: privileges.network,
            devices: privileges.devices.flatMap(Self.devices),
            readable: [package.folder] + [package.linkedExecutable].compactMap { $0 } + paths(true),
            writable: [directories.state, directories.run] + paths(false),
            systemCalls: privileges.systemCalls ?? [],
            memory: limits.flatMap { isInMemory(directories.state) ? nil : $0.memory ?? defaults.memory },
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

    /// A cell for one process; nil for an instance that runs unconfined.
    func cell(
        for definition: PluginDefinition, named name: String, _ directories: Directories
    ) throws -> PluginCell? {
        guard let enforced = enforced(on: definition, named: name, directories) else { return nil }
        return try PluginCell(
            enforced, executable: settings.executable, filter: try filter(Set(enforced.systemCalls)),
            cgroup: cgroups?.make(for: name, memory: enforced.memory, processes: enforced.processes))
    }

    private func filter(_ calls: Set<String>) throws -> SharedDescriptor {
        if let filter = filters.withLock({ $0[calls] }) { return filter }
        let program = try SeccompFilter.compile(SeccompFilter.pluginProfile(privileged: calls))
        let filter = try memoryFile(program)
        filters.withLock { $0[calls] = filter }
        return filter
    }

    /// Removes groups that nobody is in, of this daemon and of those that died.
    func removeEmptyGroups() { cgroups?.removeEmpty() }
}

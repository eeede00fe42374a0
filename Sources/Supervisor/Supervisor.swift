import BerthAPI
import Confinement
import JSON
import JSONRPC
import LinuxSystem
import Logging
import Synchronization

/// Starts, watches, replaces and calls the plugins. It knows their kinds and names, not what they do.
public final class Supervisor: PluginCaller {
    /// Where plugins are looked for, and how each is configured.
    public struct Configuration: Sendable {
        public var root: String
        public var run: String
        /// Folders of plugin folders, the first hit of a name wins.
        public var searchPath: [String]
        /// Configuration of each plugin, by logical name.
        public var configurations: [String: JSON]
        /// Further instances: the package's name, by logical name.
        public var instances: [String: String] = [:]
        /// Whether faults may be asked for.
        public var testMode = false
        /// Processes of the daemon's program before this one, by instance.
        public var inherited: [String: PluginHandover] = [:]
        /// How plugins are held in; nil to run them as the daemon itself runs.
        public var confinement: ConfinementSettings?

        public init(root: String, run: String, searchPath: [String], configurations: [String: JSON] = [:]) {
            self.root = root
            self.run = run
            self.searchPath = searchPath
            self.configurations = configurations
        }
    }

    /// A call that ends the plugin's process so often is not repeated again.
    private static let attemptsPerCall = 3

    let configuration: Configuration
    let environment: InstanceEnvironment
    let records: InstanceStore
    let packages: PackageStore
    /// Copies and hashes packages, which can be large.
    let files = BlockingThreads(name: "packages", maximum: 2)
    let instances: Mutex<[String: PluginInstance]>
    /// What the daemon's last program left, until it is taken over.
    private let legacies: Mutex<[String: Legacy]>
    private let unusable: Mutex<[String: BerthError]>
    let logger: Logger

    /// Folders whose package cannot be used, and instances whose package is not there, with the reason.
    public var rejected: [String: BerthError] { unusable.withLock { $0 } }

    /// - Parameters:
    ///   - reconcile: A plugin of these kinds has shaken hands, for the first time or again. It serves nobody until this
    ///     returns.
    ///   - onReady: It serves.
    ///   - onChange: A plugin's state changed, with the reason.
    ///   - onOperation: An operator's operation on a plugin is done.
    public init(
        _ configuration: Configuration, identity: PeerIdentity, loop: EventLoop, logger: Logger,
        reconcile: @escaping @Sendable (PluginSession, [PluginKind]) async -> Void,
        onReady: @escaping @Sendable (String, [PluginKind]) -> Void,
        onChange: @escaping @Sendable (String, PluginState, String?) -> Void,
        onOperation: @escaping @Sendable (String, String, [String: String]) -> Void
    ) throws {
        self.configuration = configuration
        self.logger = logger
        environment = InstanceEnvironment(
            root: configuration.root, run: configuration.run, identity: identity, loop: loop, logger: logger,
            confiner: try configuration.confinement.map { settings in
                let owner = try InstanceEnvironment.owner(of: configuration.root)
                return Confiner(settings, owner: owner) { logger.warning("\($0)") }
            },
            testMode: configuration.testMode, reconcile: reconcile,
            onReady: onReady, onChange: onChange, onOperation: onOperation)
        let installed = "\(configuration.root)/installed-plugins"
        packages = try PackageStore(folder: installed)
        records = try InstanceStore(folder: installed)
        let roster = Roster(configuration, records.all, packages)
        let environment = environment
        let legacies = try configuration.inherited.mapValues { Legacy(handover: $0, descriptors: try $0.take()) }
        self.legacies = Mutex(legacies)
        instances = Mutex(
            try roster.definitions.reduce(into: [:]) { instances, entry in
                let enabled = roster.records[entry.key]?.enabled ?? true
                let socket = try legacies[entry.key].map {
                    PluginSocket(path: try environment.socketPath(of: entry.key), listener: $0.descriptors.listener)
                }
                instances[entry.key] = try PluginInstance(
                    name: entry.key, definition: entry.value, enabled: enabled, environment: environment,
                    socket: socket)
            })
        unusable = Mutex(roster.rejected)
        for (place, error) in roster.rejected { logger.error("plugin \(place) not used: \(error)") }
    }

    /// Goes on with what the last program of this process left, and ends what a daemon left that died. Comes before any
    /// call: two processes on one plugin's state would corrupt it.
    public func takeOver() async {
        let inherited = await inherit()
        environment.endLeftovers(except: inherited)
    }

    /// Starts the plugins whose manifest says `eager`, at the same time. One that does not start is retried by itself.
    public func startEager() async {
        await withTaskGroup { group in
            for instance in all where instance.definition.manifest.activation == .eager {
                group.addTask { _ = try? await instance.process(before: .now + .seconds(10)) }
            }
        }
    }

    private struct Legacy: Sendable {
        var handover: PluginHandover
        var descriptors: (listener: SharedDescriptor, output: SharedDescriptor)
    }

    /// - Returns: the instances whose process runs on.
    private func inherit() async -> [String: PluginHandover] {
        let legacies = legacies.withLock { legacies in
            defer { legacies = [:] }
            return legacies
        }
        await withTaskGroup { group in
            for (name, legacy) in legacies {
                guard let instance = try? instance(name),
                    instance.definition.package.executable == legacy.handover.executable,
                    // Held in as it is to be now; else it is started anew.
                    instance.isConfined == (legacy.handover.cell != nil)
                else { continue }
                group.addTask { await instance.inherit(legacy.handover, output: legacy.descriptors.output) }
            }
        }
        var running: [String: PluginHandover] = [:]
        for name in legacies.keys { running[name] = try? await instance(name).handOver() }
        return running
    }

    /// What the daemon's next program needs to go on with the plugins that run.
    public func handOver() async -> [String: PluginHandover] {
        var handovers: [String: PluginHandover] = [:]
        for instance in all { handovers[instance.name] = await instance.handOver() }
        return handovers
    }

    /// Ends all plugins, at the same time.
    public func stop(grace: Duration) async {
        await withTaskGroup { group in
            for instance in all { group.addTask { await instance.stop(grace: grace) } }
        }
        environment.confiner?.removeEmptyGroups()
    }

    var all: [PluginInstance] { instances.withLock { Array($0.values) } }

    func instance(_ name: String) throws -> PluginInstance {
        guard let instance = instances.withLock({ $0[name] }) else {
            throw BerthError(
                .notFound, "there is no plugin \(name)", object: "plugin \(name)", hint: "see berth plugin ls")
        }
        return instance
    }

    // MARK: PluginCaller

    public func call<M: Method>(
        _ method: M, on plugin: String, timeout: Duration, descriptors: [SharedDescriptor],
        onProgress: (@Sendable (JSON) -> Void)?
    ) async throws -> PluginReply<M.Result> {
        let instance = try self.instance(plugin)
        let begin = MonotonicTime.now
        do {
            let reply = try await Operation.noting(M.name, of: plugin) {
                let reply = try await attempt(
                    method, on: instance, deadline: begin + timeout, descriptors: descriptors, onProgress: onProgress)
                if let answer = reply.result as? any CheckedResult {
                    try instance.answerBounds.check(answer, to: M.name)
                }
                return reply
            }
            instance.statistics.count(.now - begin, failed: false)
            return reply
        } catch {
            instance.statistics.count(.now - begin, failed: true)
            if let result = skipped(method, instance, error) { return Reply(result: result) }
            throw error
        }
    }

    /// The answer in place of a plugin that is away, where its failure policy is `skip` and the method allows for it.
    private func skipped<M: Method>(_: M, _ instance: PluginInstance, _ error: any Error) -> M.Result? {
        guard instance.definition.failurePolicy == .skip, (error as? BerthError)?.kind == .unavailable,
            let skippable = M.self as? any SkippableMethod.Type
        else { return nil }
        logger.warning("\(M.name) is skipped: \(error)", metadata: ["plugin": "\(instance.name)"])
        return skippable.skipped as? M.Result
    }

    private func attempt<M: Method>(
        _ method: M, on instance: PluginInstance, deadline: MonotonicTime, descriptors: [SharedDescriptor],
        onProgress: (@Sendable (JSON) -> Void)?
    ) async throws -> PluginReply<M.Result> {
        var attempts = 1
        while true {
            let process = try await instance.process(before: deadline)
            do {
                return try await process.heartbeat.during {
                    try await instance.meetFault(M.name, process)
                    return try await process.connection.reply(
                        to: method, timeout: deadline - .now, descriptors: descriptors, onProgress: onProgress)
                }
            } catch {
                var mapped = BerthError(caught: error)
                mapped.plugin = instance.name
                let lost = (error as? RPCError)?.code == RPCError.connectionClosedCode
                // A process that is being replaced refuses calls that were on their way: they are its successor's.
                let replaced = mapped.kind == .unavailable ? await instance.hasReplaced(process) : false
                guard lost || replaced, attempts < Self.attemptsPerCall, .now < deadline else { throw mapped }
                attempts += 1
                if lost { await instance.lost(process) }
                logger.notice("\(M.name) is repeated", metadata: ["plugin": "\(instance.name)"])
            }
        }
    }

    public func capabilities(of plugin: String) async throws -> Set<String> {
        try await instance(plugin).process(before: .now + .seconds(10)).capabilities
    }

    public func failurePolicy(of plugin: String) -> PluginManifest.FailurePolicy? {
        instances.withLock { $0[plugin] }?.definition.failurePolicy
    }

    public func isDegraded(_ plugin: String) async -> Bool {
        await (try? instance(plugin))?.isDegraded ?? false
    }

    public func plugins(of kind: PluginKind) -> [String] {
        manifests.filter { $0.value.kinds.contains(kind) }.keys.sorted()
    }

    /// Manifests of all instances, by logical name.
    public var manifests: [String: PluginManifest] {
        instances.withLock { $0.mapValues(\.definition.manifest) }
    }
}

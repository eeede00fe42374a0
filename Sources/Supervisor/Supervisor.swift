import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Logging
import Synchronization

/// Starts, watches and calls the plugins. It knows their kinds and names, not what they do.
public final class Supervisor: PluginCaller {
    /// Where plugins are looked for, and how each is configured.
    public struct Configuration: Sendable {
        public var root: String
        public var run: String
        /// Folders of plugin folders, the first hit of a name wins.
        public var searchPath: [String]
        /// Configuration of each plugin, by logical name.
        public var configurations: [String: JSON]

        public init(root: String, run: String, searchPath: [String], configurations: [String: JSON] = [:]) {
            self.root = root
            self.run = run
            self.searchPath = searchPath
            self.configurations = configurations
        }
    }

    /// A call that ends the plugin's process so often is not repeated again.
    private static let attemptsPerCall = 3

    private let instances: [String: PluginInstance]
    private let environment: InstanceEnvironment
    private let logger: Logger
    public let rejected: [String: BerthError]

    /// - Parameters:
    ///   - reconcile: A plugin of these kinds has shaken hands, for the first time or again. It serves nobody until this
    ///     returns.
    ///   - onReady: It serves.
    ///   - onChange: A plugin's state changed, with the reason.
    public init(
        _ configuration: Configuration, identity: PeerIdentity, loop: EventLoop, logger: Logger,
        reconcile: @escaping @Sendable (PluginSession, [PluginKind]) async -> Void,
        onReady: @escaping @Sendable (String, [PluginKind]) -> Void,
        onChange: @escaping @Sendable (String, PluginState, String?) -> Void
    ) throws {
        let catalog = PluginCatalog(searchPath: configuration.searchPath)
        let environment = InstanceEnvironment(
            root: configuration.root, run: configuration.run, identity: identity, loop: loop, logger: logger,
            reconcile: reconcile, onReady: onReady, onChange: onChange)
        instances = try catalog.packages.mapValues { package in
            let name = package.manifest.name
            return try PluginInstance(
                name: name, package: package, configuration: configuration.configurations[name] ?? [:],
                environment: environment)
        }
        rejected = catalog.rejected
        self.environment = environment
        self.logger = logger
        for (folder, error) in rejected { logger.error("plugin in \(folder) not used: \(error)") }
    }

    /// Ends what the last daemon left, and starts the plugins whose manifest says `eager`, at the same time. One that
    /// does not start is retried by itself.
    public func start() async {
        environment.endLeftovers()
        await withTaskGroup { group in
            for instance in instances.values where instance.package.manifest.activation == .eager {
                group.addTask { _ = try? await instance.process(before: .now + .seconds(10)) }
            }
        }
    }

    /// Ends all plugins, at the same time.
    public func stop(grace: Duration) async {
        await withTaskGroup { group in
            for instance in instances.values { group.addTask { await instance.stop(grace: grace) } }
        }
    }

    // MARK: PluginCaller

    public func call<M: Method>(
        _ method: M, on plugin: String, timeout: Duration, descriptors: [SharedDescriptor],
        onProgress: (@Sendable (JSON) -> Void)?
    ) async throws -> PluginReply<M.Result> {
        let instance = try self.instance(plugin)
        do {
            let reply = try await attempt(
                method, on: instance, deadline: .now + timeout, descriptors: descriptors, onProgress: onProgress)
            instance.statistics.count(failed: false)
            return reply
        } catch {
            instance.statistics.count(failed: true)
            throw error
        }
    }

    private func attempt<M: Method>(
        _ method: M, on instance: PluginInstance, deadline: MonotonicTime, descriptors: [SharedDescriptor],
        onProgress: (@Sendable (JSON) -> Void)?
    ) async throws -> PluginReply<M.Result> {
        var attempts = 1
        while true {
            let process = try await instance.process(before: deadline)
            do {
                return try await process.connection.reply(
                    to: method, timeout: deadline - .now, descriptors: descriptors, onProgress: onProgress)
            } catch {
                var mapped = BerthError(error)
                mapped.plugin = instance.name
                let lost = error.code == RPCError.connectionClosedCode
                guard lost, attempts < Self.attemptsPerCall, .now < deadline else { throw mapped }
                attempts += 1
                await instance.lost(process)
                logger.notice("\(M.name) is repeated", metadata: ["plugin": "\(instance.name)"])
            }
        }
    }

    private func instance(_ name: String) throws -> PluginInstance {
        guard let instance = instances[name] else {
            throw BerthError(
                .notFound, "there is no plugin \(name)", object: "plugin \(name)", hint: "see berth plugin ls")
        }
        return instance
    }

    public func capabilities(of plugin: String) async throws -> Set<String> {
        try await instance(plugin).process(before: .now + .seconds(10)).capabilities
    }

    public func plugins(of kind: PluginKind) -> [String] {
        instances.values.filter { $0.package.manifest.kinds.contains(kind) }.map(\.name).sorted()
    }

    /// Manifests of all instances, by logical name.
    public var manifests: [String: PluginManifest] { instances.mapValues(\.package.manifest) }

    // MARK: Reporting

    /// By kind, then name.
    public func list() async -> [PluginInfo] {
        var infos: [PluginInfo] = []
        for instance in instances.values { infos.append(await instance.info(withManifest: false)) }
        return infos.sorted { ($0.kinds.first ?? "", $0.name) < ($1.kinds.first ?? "", $1.name) }
    }

    public func inspect(_ name: String) async throws -> PluginInfo {
        try await instance(name).info(withManifest: true)
    }
}

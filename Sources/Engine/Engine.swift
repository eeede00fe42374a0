import BerthAPI
import ContentStore
import JSON
import LinuxSystem
import Logging
import MetadataStore
import Supervisor
import Synchronization

/// The daemon's inside: the managers of objects, wired together, with the plugins below them.
public final class Engine: Sendable {
    public static let version = "0.1.0"

    public let supervisor: Supervisor
    let configuration: EngineConfiguration
    let defaults: DriverDefaults
    let store: MetadataStore
    let events: EventBus
    let images: ImageManager
    let volumes: VolumeManager
    let networks: NetworkManager
    let containers: ContainerManager
    let plugins: PluginManager
    let memory: MemoryReturn
    let operations: OperationGate
    let upgrade = Mutex<(@Sendable (String) -> Void)?>(nil)
    let logger: Logger

    /// Opens the stores and reads what the last daemon left; nothing is started yet.
    public init(
        _ configuration: EngineConfiguration, plugins: Supervisor.Configuration, loop: EventLoop, logger: Logger
    ) async throws {
        self.configuration = configuration
        self.logger = logger
        memory = MemoryReturn(loop: loop)
        operations = OperationGate(memory: memory)
        for folder in [configuration.root, configuration.run] { try makeDirectory(folder) }
        let store = try MetadataStore(path: "\(configuration.root)/metadata.db")
        self.store = store
        let events = EventBus(store: store)
        self.events = events
        let hooks = PluginHooks()
        let supervisor = try Supervisor(
            plugins, identity: .init(name: "berthd", version: Self.version), loop: loop, logger: logger,
            reconcile: { session, kinds in await hooks.reconcile(session, kinds) },
            onReady: { name, kinds in hooks.ready(name, kinds) },
            onChange: { name, state, reason in hooks.changed(name, state, reason) },
            onOperation: { name, operation, attributes in hooks.operated(name, operation, attributes) })
        self.supervisor = supervisor
        let manifests = { @Sendable in supervisor.manifests }
        let defaults = DriverDefaults(configuration, manifests: manifests)
        self.defaults = defaults

        let records = try await store.read { try $0.all(ContainerRecord.self, in: .containers) }
        let index = ContainerIndex(records)
        images = try await ImageManager(
            store: store, content: try ContentStore(root: "\(configuration.root)/content"), plugins: supervisor,
            events: events, routes: RegistryRoutes(manifests: manifests),
            containersUsing: { image in index.all.filter { $0.uses(image: image) }.map(\.id) },
            usedSnapshots: { Set(index.all.flatMap(\.snapshots)) },
            defaultSnapshotter: { try defaults.driver(.snapshotter) }, logger: logger)
        volumes = VolumeManager(
            events: events, plugins: supervisor, defaults: defaults,
            records: try await store.read { try $0.all(VolumeRecord.self, in: .volumes) },
            users: { index.users(ofVolume: $0) }, mounts: { index.mounts(ofVolume: $0) })
        networks = NetworkManager(
            events: events, plugins: supervisor, defaults: defaults, chosenDefault: configuration.defaultNetwork,
            records: try await store.read { try $0.all(NetworkRecord.self, in: .networks) },
            members: { index.members(ofNetwork: $0) }, endpoints: { index.endpoints(onNetwork: $0) })
        let forget = ForgetHook()
        let services = ContainerServices(
            configuration: configuration, plugins: supervisor, events: events, volumes: volumes, networks: networks,
            loop: loop, logger: logger, shim: try SealedExecutable.open(configuration.shim).shared(),
            seccomp: try SeccompCache(folder: "\(configuration.run)/seccomp"), index: index,
            publish: { id, record in
                index.update(id, record)
                if record == nil { forget.forget(id) }
            })
        containers = ContainerManager(
            records: records, index: index, services: services, images: images, defaults: defaults)
        let (volumes, networks) = (volumes, networks)
        self.plugins = PluginManager(
            supervisor: supervisor, images: images, defaults: defaults, index: index,
            scratch: "\(configuration.root)/installed-plugins/new", networks: networks
        ) { plugin in await volumes.users(ofDriver: plugin) + networks.users(ofDriver: plugin) }
        forget.connect(containers)
        hooks.connect(self)
    }

    /// Takes over what the last daemon left, so far as clients cannot be answered without: the rest is done while they
    /// are.
    public func start() async throws {
        await supervisor.takeOver()
        try await networks.addPredefined()
        // Clients make and start others meanwhile.
        let inherited = containers.all
        Task { await operations.run { await recover(inherited) } }
    }

    /// Brings back what the last daemon left, and starts the plugins.
    private func recover(_ inherited: [Container]) async {
        async let eager: Void = supervisor.startEager()
        await withTaskGroup { [networks, volumes, containers] group in
            group.addTask { await networks.recover() }
            group.addTask { await volumes.recover() }
            group.addTask { await containers.recover(inherited) }
            group.addTask { await self.recordStart() }
        }
        // Drivers of networks in use hold more than the kernel keeps for them, such as reserved ports.
        Task { [networks] in await networks.startDrivers() }
        Task { [store, logger] in
            do {
                try await store.reserveRoom()
            } catch {
                logger.warning("no room is reserved for the metadata: \(error)")
            }
        }
        // What the last daemon was fetching or unpacking when it died; nobody needs to wait for it.
        Task { [images] in await images.collectGarbage() }
        await eager
    }

    /// A full disk must not keep the daemon from starting: it is what makes room.
    private func recordStart() async {
        do {
            try await events.trim(keeping: configuration.keptEvents)
            try await events.commit([
                .init(type: "daemon", action: "start", id: "berthd", attributes: ["version": Self.version])
            ])
        } catch {
            logger.error("the start cannot be recorded: \(error)")
        }
    }

    // MARK: The next program

    /// Fulfilled with true once no operation runs.
    public func whenIdle() -> Promise<Bool> { operations.whenIdle() }

    /// - Parameter replace: called with the executable that is to go on in this process, once a client has asked for it
    ///   and been answered.
    public func onUpgrade(_ replace: @escaping @Sendable (String) -> Void) { upgrade.withLock { $0 = replace } }

    /// Ends the plugins. Containers go on; without any, nothing of the daemon's is left on the host.
    public func stop() async {
        await networks.releaseUnused()
        await supervisor.stop(grace: .seconds(5))
        guard let layout = try? CgroupLayout.detect() else { return }
        for folder in layout.hierarchies + layout.otherHierarchies {
            removeEmptyDirectory(folder + configuration.cgroupParent)
        }
    }

    // MARK: Plugins

    /// A plugin has shaken hands: it is told what should exist.
    func reconcile(_ plugin: PluginSession, _ kinds: [PluginKind]) async {
        do {
            if kinds.contains(.network) { try await networks.reconcile(plugin) }
            if kinds.contains(.volume) { try await volumes.reconcile(plugin) }
            if kinds.contains(.log) {
                let known = containers.index.all.filter { $0.detail.logDriver == plugin.name }.map(\.id)
                try await plugin.call(LogReconcile(containers: known))
            }
        } catch {
            logger.warning("reconcile: \(error)", metadata: ["plugin": "\(plugin.name)"])
        }
    }

    /// A plugin serves: it takes its streams up again, and removes what a crash left half done.
    func pluginIsReady(_ plugin: String, _ kinds: [PluginKind]) async {
        if kinds.contains(.log) { await containers.reopenLogs(driver: plugin) }
        guard kinds.contains(.snapshotter) else { return }
        do {
            _ = try await supervisor.call(SnapshotCleanup(), on: plugin, timeout: .seconds(60))
        } catch {
            logger.warning("snapshot.cleanup: \(error)", metadata: ["plugin": "\(plugin)"])
        }
    }

    func pluginEvent(_ plugin: String, _ action: String, _ attributes: [String: String]) async {
        do {
            try await events.commit([EventDraft(type: "plugin", action: action, id: plugin, attributes: attributes)])
        } catch {
            logger.error("event of plugin \(plugin): \(error)")
        }
    }
}

import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Logging
import MetadataStore
import OCISpec
import Supervisor
import Synchronization

/// All containers: makes them, finds them, and brings those of the last daemon back.
final class ContainerManager: Sendable {
    let index: ContainerIndex
    let services: ContainerServices
    let images: ImageManager
    let defaults: DriverDefaults
    private let idRanges: IDRanges
    private let containers: Mutex<[String: Container]>
    /// After a start of the daemon: fulfilled when it is known which containers run on, and when nothing is under way
    /// with any.
    let (adopted, recovered) = (Promise<Void>(), Promise<Void>())

    init(
        records: [ContainerRecord], index: ContainerIndex, services: ContainerServices, images: ImageManager,
        defaults: DriverDefaults
    ) {
        self.index = index
        idRanges = IDRanges(index)
        self.services = services
        self.images = images
        self.defaults = defaults
        let known = records.map { ($0.id, Container($0, services: services)) }
        containers = Mutex(Dictionary(uniqueKeysWithValues: known))
    }

    /// By id, name or unique prefix. After a start of the daemon it waits until what was under way with that container
    /// is finished.
    func find(_ name: String) async throws -> Container {
        let id = try index.resolve(name)
        guard let container = containers.withLock({ $0[id] }) else { throw Self.missing(name) }
        await container.ready.value
        return container
    }

    static func missing(_ name: String) -> BerthError {
        BerthError(.notFound, "no such container: \(name)", object: "container \(name)")
    }

    var all: [Container] { containers.withLock { Array($0.values) } }

    /// Removes a container from memory once it is gone.
    func forget(_ id: String) { _ = containers.withLock { $0.removeValue(forKey: id) } }

    // MARK: Creating

    func create(_ request: ContainerCreate) async throws -> ContainerCreate.Result {
        let image = try await images.resolve(request.config.image, platform: request.config.platform)
        var config = request.config
        // Kept as it is now: another default later is for other containers.
        config.runtime = config.runtime ?? services.configuration.runtimes.defaultName
        let plan = try ContainerPlan(config: config, image: image.configuration)
        let name = try chooseName(request.name)
        let resolved = try await ContainerRequest(plan, name: name, index: index, services)
        let mounts = try await planMounts(resolved.plan)
        let record = try await record(for: resolved, mounts: mounts, image: image)
        let container = Container(record, services: services)
        defer { idRanges.settle(record.id) }
        container.ready.fulfil(())
        try await reserve(record)
        containers.withLock { $0[record.id] = container }
        do {
            let detail = record.detail
            async let parent = images.unpack(image, snapshotter: detail.snapshotter)
            let (points, uses) = try await make(mounts, snapshotter: detail.snapshotter)
            let chain = try await parent
            let prepare = SnapshotPrepare(key: record.id, parent: chain.isEmpty ? nil : chain)
            _ = try await services.plugins.call(prepare, on: detail.snapshotter)
            try await container.update([await container.event("create")]) { record in
                record.parentSnapshot = chain
                record.detail.mounts = points
                record.volumes = uses
                record.phase = .created
            }
        } catch {
            await container.recover()
            throw error
        }
        return .init(id: record.id)
    }

    private func chooseName(_ requested: String?) throws -> String {
        guard let requested else { return NameGenerator.make(taken: index.isTaken) }
        let name = try Self.checked(requested)
        if let owner = index.id(named: name) { throw Self.nameTaken(name, by: owner) }
        return name
    }

    private static func checked(_ requested: String) throws -> String {
        let name = requested.hasPrefix("/") ? String(requested.dropFirst()) : requested
        try Identifier.check(name, what: "container")
        return name
    }

    /// Gives a container another name.
    func rename(_ id: String, to requested: String) async throws {
        let container = try await find(id)
        guard !requested.isEmpty else { throw BerthError(.invalidArgument, "the new name cannot be empty") }
        let name = try Self.checked(requested)
        guard index.id(named: name) != container.id else {
            throw BerthError(
                .invalidArgument, "renaming a container with the same name as its current name",
                object: "container \(container.id)")
        }
        if let owner = index.claim(name, for: container.id) { throw Self.nameTaken(name, by: owner) }
        defer { index.release(name, of: container.id) }
        try await container.rename(name)
    }

    private static func nameTaken(_ name: String, by owner: String) -> BerthError {
        BerthError(
            .conflict, "the container name \"/\(name)\" is already in use by container \"\(owner)\"",
            object: "container \(name)", hint: "remove or rename that container to be able to reuse the name")
    }

    private func reserve(_ record: ContainerRecord) async throws {
        let name = record.detail.name
        if let owner = index.claim(name, for: record.id) { throw Self.nameTaken(name, by: owner) }
        defer { index.release(name, of: record.id) }
        do {
            try await services.events.commit {
                try $0.put(record, id: record.id, name: record.detail.name, in: .containers)
            }
            index.update(record.id, record)
        } catch let error where "\(error)".contains("UNIQUE") {
            // The row of a container that is gone, and that the disk did not let go yet.
            throw Self.nameTaken(name, by: "another")
        }
    }

    private func record(
        for request: ContainerRequest, mounts: [PlannedMount], image: StoredImage
    ) async throws -> ContainerRecord {
        let id = Identifier.make()
        let plan = request.plan
        let config = plan.config
        var detail = ContainerDetail(
            id: id, name: request.name, createdAt: Timestamp(nanoseconds: Host.now), config: config,
            image: config.image,
            imageID: image.id, snapshotter: try defaults.driver(.snapshotter, requested: config.snapshotter),
            logDriver: try logDriver(config.log), directory: services.directory(of: id))
        detail.arguments = try plan.arguments()
        detail.environment = plan.environment
        detail.workingDirectory = plan.workingDirectory
        detail.user = plan.user
        detail.labels = plan.labels
        detail.exposedPorts = plan.exposedPorts
        detail.stopSignal = plan.stopSignal
        detail.healthCheck = plan.healthCheck
        var record = ContainerRecord(detail: detail, parentSnapshot: "")
        record.probe = try plan.probe()
        // Before they are made: what a crash leaves of them is found from here, and nobody can remove one meanwhile.
        record.volumes = try mounts.filter { $0.request.kind == .volume }.map(planned)
        let images = mounts.compactMap(\.image)
        record.imageMounts = images.isEmpty ? nil : images
        record.logOptions = try await logOptions(config.log, driver: detail.logDriver)
        if let network = request.network {
            record.endpoint = endpoint(plan, network: network)
            record.endpointDriver = network.driver
        }
        // What its runtime will be told, made now, so that what it cannot be told is said now.
        let runtime = try services.configuration.runtimes.command(of: config.runtime ?? RuntimeTable.own)
        _ = try services.seccomp.form(for: config.security, foreign: runtime != nil)
        // The last that can fail: it is held until the container is recorded.
        record.idMaps = try idRanges.take(UserMode(config.namespaces?.user), for: id)
        return record
    }

    private func logDriver(_ request: LogRequest?) throws -> String {
        request?.driver == LogStream.none ? LogStream.none : try defaults.driver(.log, requested: request?.driver)
    }

    private func logOptions(_ request: LogRequest?, driver: String) async throws -> [String: String] {
        let given = request?.options ?? [:]
        let own = request?.driver == nil ? services.configuration.logOptions : [:]
        let options = own.merging(given) { _, new in new }
        if driver == LogStream.none || options.isEmpty { return options }
        _ = try await services.plugins.call(LogValidate(options: options), on: driver)
        return options
    }

    private func endpoint(_ plan: ContainerPlan, network: NetworkInfo) -> NetworkEndpoint {
        var endpoint = NetworkEndpoint(endpoint: Identifier.make(), network: network.id, interface: "eth0")
        endpoint.address = plan.config.network?.address
        endpoint.macAddress = plan.config.network?.macAddress
        endpoint.hostname = plan.config.hostname
        endpoint.ports = plan.publishedPorts
        return endpoint
    }

    // MARK: Reading

    func list(_ request: ContainerList) async throws -> [ContainerSummary] {
        await awaitRecovery()
        let records = try ContainerQuery(request, index: index, images: images).run()
        var summaries = records.map { ContainerSummary($0.detail) }
        guard request.size == true else { return summaries }
        for position in summaries.indices {
            let record = records[position]
            let usage = try? await services.plugins.call(SnapshotUsage(key: record.id), on: record.detail.snapshotter)
            let image = try? await images.size(of: record.detail.imageID)
            summaries[position].writableSize = usage?.size
            summaries[position].rootfsSize = (usage?.size ?? 0) + (image ?? 0)
        }
        return summaries
    }

    func inspect(_ name: String) async throws -> ContainerDetail {
        await awaitRecovery()
        guard let record = index.record(try index.resolve(name)) else { throw Self.missing(name) }
        return record.detail
    }

    /// The answer's descriptor carries the lines.
    func logs(_ request: ContainerLogs) async throws -> Reply<ContainerLogs.Result> {
        let detail = try await inspect(request.id)
        guard detail.logDriver != LogStream.none else {
            throw BerthError(
                .failedPrecondition, "configured logging driver does not support reading",
                object: "container \(detail.id)")
        }
        var read = LogRead(container: detail.id, stdout: request.stdout, stderr: request.stderr)
        read.follow = request.follow == true && [.running, .paused].contains(detail.state.status)
        read.tail = request.tail
        read.since = request.since
        read.until = request.until
        let reply = try await services.plugins.call(
            read, on: detail.logDriver, timeout: .seconds(10), descriptors: [], onProgress: nil)
        return Reply(result: .init(terminal: detail.config.terminal == true), descriptors: reply.descriptors)
    }
}

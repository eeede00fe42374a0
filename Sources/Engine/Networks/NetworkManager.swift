import BerthAPI
import LinuxSystem
import MetadataStore
import Supervisor

/// A network as the daemon remembers it.
struct NetworkRecord: Codable, Sendable {
    enum Phase: String, Codable, Sendable { case creating, ready, removing }
    var info: NetworkInfo
    var phase: Phase
    /// It exists from the start and cannot be removed.
    var predefined: Bool
}

/// Networks. What a network is made of only its driver knows.
public actor NetworkManager {
    private let events: EventBus
    private let plugins: any PluginCaller
    private let defaults: DriverDefaults
    private let chosenDefault: String?
    private var records: [String: NetworkRecord] = [:]
    /// What the last daemon had begun: clients begin others before that is finished.
    private let unfinished: [NetworkRecord]
    /// Endpoints of containers, by network id; asked, not kept.
    private let members: @Sendable (String) -> [NetworkMember]
    private let endpoints: @Sendable (String) -> [String]
    /// Predefined networks that are being made by their first user.
    private var making: [String: Task<Void, any Error>] = [:]

    init(
        events: EventBus, plugins: any PluginCaller, defaults: DriverDefaults, chosenDefault: String?,
        records: [NetworkRecord], members: @escaping @Sendable (String) -> [NetworkMember],
        endpoints: @escaping @Sendable (String) -> [String]
    ) {
        self.events = events
        self.plugins = plugins
        self.defaults = defaults
        self.chosenDefault = chosenDefault
        self.members = members
        self.endpoints = endpoints
        unfinished = records.filter { $0.phase == .removing || $0.phase == .creating && !$0.predefined }
        for record in records { self.records[record.info.id] = record }
    }

    /// Finishes what a daemon before this one had begun.
    func recover() async {
        for record in unfinished { try? await delete(record) }
    }

    /// Those that a driver brings along and that are not there yet. They are made in their driver when first used, so
    /// that a daemon that runs no container touches nothing of the host's.
    func addPredefined() async throws {
        for (name, driver) in defaults.predefinedNetworks where find(name: name) == nil {
            let info = NetworkInfo(
                id: Identifier.make(), name: name, driver: driver, createdAt: Timestamp(nanoseconds: Host.now))
            let record = NetworkRecord(info: info, phase: .creating, predefined: true)
            records[info.id] = record
            try await save(record, events: [])
        }
    }

    // MARK: Operations

    func create(_ request: NetworkCreate) async throws -> NetworkInfo {
        try Identifier.check(request.name, what: "network")
        guard find(name: request.name) == nil else {
            throw BerthError(
                .conflict, "network with name \(request.name) already exists", object: "network \(request.name)")
        }
        let driver = try defaults.driver(.network, requested: request.driver)
        var info = NetworkInfo(
            id: Identifier.make(), name: request.name, driver: driver, createdAt: Timestamp(nanoseconds: Host.now))
        info.subnet = request.subnet
        info.gateway = request.gateway
        info.ipRange = request.ipRange
        info.isInternal = request.isInternal ?? false
        info.options = request.options ?? [:]
        info.labels = request.labels ?? [:]
        let record = NetworkRecord(info: info, phase: .creating, predefined: false)
        records[info.id] = record
        do {
            try await save(record, events: [])
            return try await make(record)
        } catch {
            try? await delete(record)
            throw error
        }
    }

    private func make(_ record: NetworkRecord) async throws -> NetworkInfo {
        var record = record
        let made = try await plugins.call(Self.desired(record.info), on: record.info.driver)
        record.info.subnet = made.subnet ?? record.info.subnet
        record.info.gateway = made.gateway ?? record.info.gateway
        record.info.options.merge(made.options) { _, new in new }
        record.phase = .ready
        records[record.info.id] = record
        try await save(record, events: [draft("create", record.info)])
        return record.info
    }

    private static func desired(_ info: NetworkInfo) -> NetworkDriverCreate {
        NetworkDriverCreate(
            id: info.id, networkName: info.name, subnet: info.subnet, gateway: info.gateway, ipRange: info.ipRange,
            isInternal: info.isInternal, options: info.options, labels: info.labels)
    }

    func remove(_ name: String) async throws {
        let record = try resolve(name)
        guard !record.predefined else {
            throw BerthError(
                .permissionDenied, "\(record.info.name) is a pre-defined network and cannot be removed",
                object: "network \(record.info.name)")
        }
        let users = endpoints(record.info.id)
        guard users.isEmpty else {
            throw BerthError(
                .conflict, "network \(record.info.name) has active endpoints", object: "network \(record.info.name)",
                hint: "remove or stop the containers that use it")
        }
        var removing = record
        removing.phase = .removing
        records[record.info.id] = removing
        do {
            try await save(removing, events: [])
            try await delete(removing)
        } catch {
            records[record.info.id] = record
            try await save(record, events: [])
            throw error
        }
        try await events.commit([draft("destroy", record.info)])
    }

    private func delete(_ record: NetworkRecord) async throws {
        let id = record.info.id
        _ = try await plugins.call(NetworkDriverDelete(id: id), on: record.info.driver)
        try await events.commit { try $0.delete(id: id, from: .networks) }
        records[id] = nil
    }

    /// Takes predefined networks that nobody uses out of their drivers: they are made again by their next user, and the
    /// host is left as it was found.
    func releaseUnused() async {
        for record in records.values
        where record.predefined && record.phase == .ready && endpoints(record.info.id).isEmpty {
            var released = record
            released.phase = .creating
            do {
                _ = try await plugins.call(NetworkDriverDelete(id: record.info.id), on: record.info.driver)
                records[record.info.id] = released
                try await save(released, events: [])
            } catch {
                continue  // It stays, and is found by the next daemon's reconcile.
            }
        }
    }

    /// The network that a container asks for, by name, id or prefix of it; the default one for nil.
    func resolve(requested: String?) throws -> NetworkInfo {
        if let requested, requested != "default", !requested.isEmpty { return try resolve(requested).info }
        if let chosenDefault { return try resolve(chosenDefault).info }
        let driver = try defaults.driver(.network)
        guard let name = defaults.predefinedNetworks.first(where: { $0.driver == driver })?.name else {
            throw BerthError(.failedPrecondition, "no default network is configured", hint: "use --network")
        }
        return try resolve(name).info
    }

    /// Makes sure that a network exists in its driver, before an endpoint is attached.
    func ensureMade(_ id: String) async throws {
        guard let record = records[id] else { throw missing(id) }
        if record.phase == .ready { return }
        if let task = making[id] { return try await task.value }
        let task = Task { _ = try await self.make(record) }
        making[id] = task
        defer { making[id] = nil }
        try await task.value
    }

    func list(filters: [String: [String]]) throws -> [NetworkInfo] {
        let known: Set = ["name", "id", "driver", "label"]
        if let unknown = filters.keys.first(where: { !known.contains($0) }) { throw invalidFilter(unknown) }
        let (name, id) = (PatternFilter(filters["name"]), PatternFilter(filters["id"]))
        return records.values.map(\.info).filter { info in
            name.matches(info.name) && id.matches(info.id)
                && matches(filters["driver"]) { info.driver == $0 }
                && matches(filters["label"]) { labelMatches(info.labels, $0) }
        }.sorted { $0.name < $1.name }
    }

    func inspect(_ name: String) throws -> NetworkInfo {
        var info = try resolve(name).info
        info.endpoints = members(info.id)
        return info
    }

    /// What the core says a network driver should hold, after the driver was started.
    func reconcile(_ driver: PluginSession) async throws {
        try await driver.call(reconciliation(of: driver.name))
    }

    func reconciliation(of driver: String) -> NetworkReconcile {
        let ready = records.values.filter { $0.info.driver == driver && $0.phase != .removing }
        let desired = ready.filter { $0.phase == .ready }.map { Self.desired($0.info) }
        return NetworkReconcile(networks: desired, endpoints: ready.flatMap { endpoints($0.info.id) })
    }

    /// Starts the drivers of networks that containers are attached to; their reconciliation follows from it.
    func startDrivers() async {
        let inUse = records.values.filter { !endpoints($0.info.id).isEmpty }
        for driver in Set(inUse.map(\.info.driver)) { _ = try? await plugins.capabilities(of: driver) }
    }

    /// What an operator made with a driver: "network front".
    func users(ofDriver driver: String) -> [String] {
        records.values.filter { $0.info.driver == driver && !$0.predefined }.map { "network \($0.info.name)" }.sorted()
    }

    // MARK: Records

    var all: [NetworkRecord] { Array(records.values) }

    private func find(name: String) -> NetworkRecord? { records.values.first { $0.info.name == name } }

    private func resolve(_ name: String) throws -> NetworkRecord {
        if let record = find(name: name) ?? records[name] { return record }
        let candidates = name.isEmpty ? [] : records.values.filter { $0.info.id.hasPrefix(name) }
        guard candidates.count <= 1 else {
            throw BerthError(.invalidArgument, "network id \(name) is ambiguous", object: "network \(name)")
        }
        guard let record = candidates.first else { throw missing(name) }
        return record
    }

    private func missing(_ name: String) -> BerthError {
        BerthError(.notFound, "network \(name) not found", object: "network \(name)", hint: "see berth network ls")
    }

    private func save(_ record: NetworkRecord, events drafts: [EventDraft]) async throws {
        try await events.commit(drafts) {
            try $0.put(record, id: record.info.id, name: record.info.name, in: .networks)
        }
    }

    private func draft(_ action: String, _ info: NetworkInfo) -> EventDraft {
        EventDraft(
            type: "network", action: action, id: info.id, attributes: ["name": info.name, "type": info.driver])
    }
}

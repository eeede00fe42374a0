import BerthAPI
import LinuxSystem
import MetadataStore
import Supervisor

/// A volume as the daemon remembers it.
struct VolumeRecord: Codable, Sendable {
    enum Phase: String, Codable, Sendable { case creating, ready, removing }
    var info: VolumeInfo
    var phase: Phase
}

/// Named volumes. What a volume is made of only its driver knows.
public actor VolumeManager {
    private let events: EventBus
    private let plugins: any PluginCaller
    private let defaults: DriverDefaults
    private var records: [String: VolumeRecord] = [:]
    /// What the last daemon had begun: clients begin others before that is finished.
    private let unfinished: [VolumeRecord]
    /// Containers that use a volume, by id: asked, not kept, so that the two can never disagree.
    private let users: @Sendable (String) -> [String]
    /// Those that may have it mounted.
    private let mounts: @Sendable (String) -> [String]

    init(
        events: EventBus, plugins: any PluginCaller, defaults: DriverDefaults, records: [VolumeRecord],
        users: @escaping @Sendable (String) -> [String], mounts: @escaping @Sendable (String) -> [String]
    ) {
        self.events = events
        self.plugins = plugins
        self.defaults = defaults
        self.users = users
        self.mounts = mounts
        unfinished = records.filter { $0.phase != .ready }
        for record in records { self.records[record.info.name] = record }
    }

    /// Finishes what a daemon before this one had begun.
    func recover() async {
        for record in unfinished { try? await delete(record) }
    }

    // MARK: Operations

    /// Makes a volume; one of the same name and driver is answered as it is.
    func create(_ request: VolumeCreate, anonymous: Bool = false) async throws -> VolumeInfo {
        let name = request.name ?? Identifier.make()
        if request.name != nil { try Identifier.check(name, what: "volume") }
        let driver = try defaults.driver(.volume, requested: request.driver)
        if let existing = records[name] { return try answer(existing, driver: driver, explicit: request.driver != nil) }
        let info = VolumeInfo(
            name: name, driver: driver, mountpoint: "", labels: request.labels ?? [:], options: request.options ?? [:],
            createdAt: Timestamp(nanoseconds: Host.now), anonymous: anonymous)
        var record = VolumeRecord(info: info, phase: .creating)
        records[name] = record
        do {
            try await save(record, events: [])
            let made = try await plugins.call(
                VolumeDriverCreate(volume: name, options: info.options, labels: info.labels), on: driver)
            record.info.mountpoint = made.mountpoint
            record.phase = .ready
            records[name] = record
            try await save(record, events: [draft("create", info)])
            return record.info
        } catch {
            try? await delete(record)
            throw error
        }
    }

    private func answer(_ existing: VolumeRecord, driver: String, explicit: Bool) throws -> VolumeInfo {
        let info = existing.info
        guard existing.phase == .ready else {
            throw BerthError(.conflict, "volume \(info.name) is being made or removed", object: "volume \(info.name)")
        }
        guard !explicit || info.driver == driver else {
            throw BerthError(
                .conflict, "volume \(info.name) exists with driver \(info.driver)", object: "volume \(info.name)")
        }
        return info
    }

    func remove(_ name: String, force: Bool) async throws {
        guard var record = records[name] else {
            if force { return }
            throw missing(name)
        }
        let containers = users(name)
        guard containers.isEmpty else {
            throw BerthError(
                .conflict, "volume \(name) is in use by container \(containers[0].prefix(12))", object: "volume \(name)"
            )
        }
        record.phase = .removing
        records[name] = record
        try await save(record, events: [])
        do {
            try await delete(record)
        } catch {
            record.phase = .ready
            records[name] = record
            try await save(record, events: [])
            throw error
        }
        try await events.commit([draft("destroy", record.info)])
    }

    private func delete(_ record: VolumeRecord) async throws {
        _ = try await plugins.call(
            VolumeDriverRemove(volume: record.info.name), on: record.info.driver, timeout: .seconds(60))
        let name = record.info.name
        try await events.commit { try $0.delete(id: name, from: .volumes) }
        records[name] = nil
    }

    func list(filters: [String: [String]]) throws -> [VolumeInfo] {
        let known: Set = ["name", "driver", "label", "dangling"]
        if let unknown = filters.keys.first(where: { !known.contains($0) }) { throw invalidFilter(unknown) }
        let name = PatternFilter(filters["name"])
        return records.values.filter { $0.phase == .ready }.map(\.info).filter { info in
            name.matches(info.name)
                && matches(filters["driver"]) { info.driver == $0 }
                && matches(filters["label"]) { labelMatches(info.labels, $0) }
                && matches(filters["dangling"]) { isTrue($0) == users(info.name).isEmpty }
        }.sorted { $0.name < $1.name }
    }

    func inspect(_ name: String) throws -> VolumeInfo {
        guard let record = records[name], record.phase == .ready else { throw missing(name) }
        return record.info
    }

    /// What the core says a volume driver should hold, after the driver was started.
    func reconcile(_ driver: PluginSession) async throws {
        var uses: [String: [String]] = [:]
        for record in records.values where record.info.driver == driver.name {
            uses[record.info.name] = mounts(record.info.name)
        }
        try await driver.call(VolumeReconcile(uses: uses))
    }

    /// Volumes of a driver: "volume data".
    func users(ofDriver driver: String) -> [String] {
        records.values.filter { $0.info.driver == driver }.map { "volume \($0.info.name)" }.sorted()
    }

    // MARK: Records

    var all: [VolumeRecord] { Array(records.values) }

    private func save(_ record: VolumeRecord, events drafts: [EventDraft]) async throws {
        try await events.commit(drafts) {
            try $0.put(record, id: record.info.name, name: record.info.name, in: .volumes)
        }
    }

    private func missing(_ name: String) -> BerthError {
        BerthError(.notFound, "no such volume: \(name)", object: "volume \(name)")
    }

    private func draft(_ action: String, _ info: VolumeInfo) -> EventDraft {
        EventDraft(type: "volume", action: action, id: info.name, attributes: ["driver": info.driver])
    }
}

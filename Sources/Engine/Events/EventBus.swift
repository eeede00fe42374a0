import BerthAPI
import LinuxSystem
import MetadataStore
import Synchronization

/// An event that has no number yet.
struct EventDraft: Sendable {
    var type: String
    var action: String
    var id: String
    var attributes: [String: String]
}

/// Writes state changes together with their events, then tells subscribers. An event is on disk before anyone is told.
public final class EventBus: Sendable {
    typealias Subscriber = @Sendable (Event) -> Void

    private let store: MetadataStore
    private let subscribers = Mutex<[Int: Subscriber]>([:])
    private let nextID = Atomic<Int>(0)

    init(store: MetadataStore) { self.store = store }

    /// One transaction: the changes and the events.
    func commit(
        _ drafts: [EventDraft] = [], _ changes: @escaping @Sendable (Database) throws -> Void = { _ in }
    ) async throws {
        try await store.write { db in
            try changes(db)
            let time = Timestamp(nanoseconds: Host.now)
            let events = try drafts.map {
                try db.append(event: $0.action, type: $0.type, id: $0.id, attributes: $0.attributes, at: time)
            }
            guard !events.isEmpty else { return }
            // Before the database takes the next transaction: no event overtakes another on its way.
            db.afterCommit { self.publish(events) }
        }
    }

    private func publish(_ events: [Event]) {
        let receivers = subscribers.withLock { Array($0.values) }
        for event in events { for receiver in receivers { receiver(event) } }
    }

    func subscribe(_ subscriber: @escaping Subscriber) -> Int {
        let id = nextID.add(1, ordering: .relaxed).newValue
        subscribers.withLock { $0[id] = subscriber }
        return id
    }

    func unsubscribe(_ id: Int) { _ = subscribers.withLock { $0.removeValue(forKey: id) } }

    func past(from sequence: Int64, since: Timestamp?, limit: Int = 1000) async throws -> [Event] {
        try await store.read { try $0.events(from: sequence, since: since, limit: limit) }
    }

    func trim(keeping count: Int64) async throws {
        try await store.write { try $0.trimEvents(keeping: count) }
    }
}

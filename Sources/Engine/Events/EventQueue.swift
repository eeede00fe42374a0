import BerthAPI
import JSONRPC
import Synchronization

/// Events on their way to one subscriber: bounded; what does not fit is counted and said.
final class EventQueue: Sendable {
    struct Entry {
        var event: Event
        /// How many before it were dropped.
        var skipped: Int64 = 0
    }

    private struct State {
        var entries: [Entry] = []
        var skipped: Int64 = 0
        var waiter: CheckedContinuation<Entry?, Never>?
        var isClosed = false
    }

    private static let capacity = 1024
    private let state = Mutex(State())

    func put(_ event: Event) {
        let ready = state.withLock { state -> (CheckedContinuation<Entry?, Never>, Entry)? in
            guard state.entries.count < Self.capacity else {
                state.skipped += 1
                return nil
            }
            let entry = Entry(event: event, skipped: state.skipped)
            state.skipped = 0
            if let waiter = state.waiter.take() { return (waiter, entry) }
            state.entries.append(entry)
            return nil
        }
        ready?.0.resume(returning: ready?.1)
    }

    /// The next event; nil when the queue is closed.
    func next() async -> Entry? {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> Entry?? in
                if state.isClosed { return .some(nil) }
                if !state.entries.isEmpty { return state.entries.removeFirst() }
                state.waiter = continuation
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    func close() {
        let waiter = state.withLock { state in
            state.isClosed = true
            return state.waiter.take()
        }
        waiter?.resume(returning: nil)
    }

    /// Sends one event and waits until the client has taken it: one that does not read fills this queue, which counts
    /// what it drops, and no other.
    func deliver(_ entry: Entry, on connection: Connection) async {
        let skipped = entry.skipped == 0 ? nil : entry.skipped
        connection.notify(EventNotification(event: entry.event, skipped: skipped))
        await connection.drained()
    }
}

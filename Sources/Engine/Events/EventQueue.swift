import BerthAPI
import JSONRPC
import Synchronization

/// Events on their way to one subscriber: bounded; what does not fit is counted and said.
final class EventQueue: Sendable {
    private struct State {
        var events: [Event] = []
        var skipped: Int64 = 0
        var waiter: CheckedContinuation<Event?, Never>?
        var isClosed = false
    }

    private static let capacity = 4096
    private let state = Mutex(State())

    func put(_ event: Event) {
        let waiter = state.withLock { state -> CheckedContinuation<Event?, Never>? in
            if let waiter = state.waiter.take() { return waiter }
            if state.events.count < Self.capacity { state.events.append(event) } else { state.skipped += 1 }
            return nil
        }
        waiter?.resume(returning: event)
    }

    /// The next event; nil when the queue is closed.
    func next() async -> Event? {
        await withCheckedContinuation { continuation in
            let ready = state.withLock { state -> Event?? in
                if state.isClosed { return .some(nil) }
                if !state.events.isEmpty { return state.events.removeFirst() }
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

    /// Sends one event, saying how many before it were dropped.
    func deliver(_ event: Event, on connection: Connection) {
        let skipped = state.withLock { state in
            defer { state.skipped = 0 }
            return state.skipped
        }
        connection.notify(EventNotification(event: event, skipped: skipped == 0 ? nil : skipped))
    }
}

import Supervisor
import Synchronization

/// How the daemon's life ends.
final class Outcome: Sendable {
    enum End: Sendable {
        case stop
        /// Another program goes on in this process.
        case replace(String)
    }

    private let asked = Mutex(Promise<End>())
    private let failure = Mutex<(any Error)?>(nil)

    func ask(_ end: End) { asked.withLock { $0 }.fulfil(end) }

    /// Waits until someone asked.
    func end() async -> End { await asked.withLock { $0 }.value }

    /// To be asked once more, after a replacement that failed.
    func renew() { asked.withLock { $0 = Promise() } }

    func failed(_ error: any Error) { failure.withLock { $0 = error } }

    func get() throws {
        if let error = failure.withLock({ $0 }) { throw error }
    }
}

import Supervisor
import Synchronization

/// How the daemon's life ends.
final class Outcome: Sendable {
    private let asked = Promise<Void>()
    private let failure = Mutex<(any Error)?>(nil)

    func askToEnd() { asked.fulfil(()) }

    /// Waits until someone asked.
    func end() async { await asked.value }

    func failed(_ error: any Error) { failure.withLock { $0 = error } }

    func get() throws {
        if let error = failure.withLock({ $0 }) { throw error }
    }
}

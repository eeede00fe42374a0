import BerthAPI
import LinuxSystem
import PluginKit

/// What bounds an exchange from outside, and hears how far it is.
struct TransferControl {
    var deadline: MonotonicTime
    var isCancelled: () -> Bool = { false }
    /// Is given the bytes of the file that are there; throws when the caller has given up.
    var report: (Int64) throws -> Void = { _ in }

    init(_ transfer: Transfer) {
        deadline = transfer.deadline
        isCancelled = { transfer.isCancelled }
        report = { try transfer.report($0) }
    }

    /// For what should not take long.
    init(limit: Duration = .seconds(50)) { deadline = .now + limit }

    /// - Throws: `cancelled` or `deadlineExceeded`.
    func check() throws {
        if isCancelled() { throw BerthError(.cancelled, "the caller has given up") }
        if MonotonicTime.now >= deadline { throw BerthError(.deadlineExceeded, "the deadline has passed") }
    }

    /// Waits; ends early when the caller gives up.
    func pause(_ duration: Duration) throws {
        let end = MonotonicTime.now + duration
        guard end < deadline else {
            throw BerthError(.deadlineExceeded, "the deadline would pass before a new attempt")
        }
        let clock = Monitor(())
        while MonotonicTime.now < end {
            try check()
            let _: Void? = clock.wait(until: min(end, .now + .milliseconds(100))) { _ in nil }
        }
    }
}

import BerthAPI
import JSONRPC
import LinuxSystem

/// A mutating call whose crash is tried: what it needs, the call, and what has to hold when it was repeated.
struct CrashTrial<M: Method> {
    /// Makes what the call needs, under keys of this round; for a fresh process after a crash too.
    var prepare: (Int) throws -> Void = { _ in }
    var call: (Int) throws -> M
    var descriptors: (Int) throws -> [SharedDescriptor] = { _ in [] }
    /// Looks at the end state after the repeated call.
    var verify: (Int, M.Result) throws -> Void
}

extension Bench {
    /// Kills the process at several moments between the writing of a request and its answer, starts it again on the
    /// same state and repeats the call: each round has to end as if there had been no crash.
    func crashes<M: Method>(in trial: CrashTrial<M>) throws {
        try trial.prepare(0)
        let start = MonotonicTime.now
        try trial.verify(0, try call(trial.call(0), descriptors: try trial.descriptors(0)))
        let duration = (MonotonicTime.now - start).saturatedNanoseconds
        for (round, fraction) in [0, 0.2, 0.4, 0.6, 0.8, 4].enumerated() {
            try crash(in: trial, round + 1, after: .nanoseconds(Int64(Double(duration) * fraction)))
        }
    }

    private func crash<M: Method>(in trial: CrashTrial<M>, _ round: Int, after delay: Duration) throws {
        try trial.prepare(round)
        let wire = try session
        try wire.send(trial.call(round), descriptors: try trial.descriptors(round))
        // An answer ends the wait, and is never read.
        _ = wire.waitReadable(until: .now + delay)
        try restart()
        do {
            let result = try call(trial.call(round), descriptors: try trial.descriptors(round))
            try trial.verify(round, result)
        } catch let error as BerthError {
            throw Violation("repeated after a crash \(delay) into it, \(M.name) failed: \(error) (\(error.kind))")
        } catch let error as Violation {
            throw Violation("after a crash \(delay) into \(M.name) and its repetition: \(error)")
        }
    }
}

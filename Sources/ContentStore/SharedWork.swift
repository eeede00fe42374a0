import Synchronization

/// Work that runs once per key at a time: whoever asks for a key that is being worked on waits for that work's answer.
///
/// The work is cancelled when the last of those who wait for it is, and never outlives that caller: what the caller
/// holds for it (leases, above all) is held until it has ended. A caller that comes while it winds down starts it anew
/// once it has ended, so that two never run for one key.
public final class SharedWork<Key: Hashable & Sendable, Value: Sendable, Update: Sendable>: Sendable {
    public typealias Report = @Sendable (Update) -> Void

    private let jobs = Mutex<[Key: SharedJob<Value, Update>]>([:])

    public init() {}

    public func isRunning(_ key: Key) -> Bool { jobs.withLock { $0[key] != nil } }

    /// - Parameters:
    ///   - onUpdate: is given what the work reports, from the newest on when it runs already. Ends with this call.
    ///   - work: runs in a task of its own.
    /// - Throws: what the work throws, or `CancellationError` when the caller's task is cancelled: at once while others
    ///   wait for the work, else when it has ended.
    public func run(
        _ key: Key, onUpdate: @escaping Report = { _ in },
        _ work: @escaping @Sendable (@escaping Report) async throws -> Value
    ) async throws -> Value {
        while true {
            let (job, isNew) = jobs.withLock { jobs in
                if let job = jobs[key] { return (job, false) }
                let job = SharedJob<Value, Update>()
                jobs[key] = job
                return (job, true)
            }
            if isNew {
                job.start(work) { self.jobs.withLock { $0[key] = nil } }
            } else if job.isAbandoned {
                await job.ended()
                try Task.checkCancellation()
                continue
            }
            guard let value = try await job.value(onUpdate) else { continue }
            return value
        }
    }
}

/// One run of shared work.
private final class SharedJob<Value: Sendable, Update: Sendable>: Sendable {
    private struct Waiter {
        var onUpdate: @Sendable (Update) -> Void
        /// nil: the job was abandoned before the waiter joined.
        var continuation: CheckedContinuation<Value?, any Error>
    }
    private struct State {
        var waiters: [Int: Waiter] = [:]
        var cancelledEarly: Set<Int> = []
        var nextID = 0
        var latest: Update?
        var outcome: Result<Value, any Error>?
        var abandoned = false
        var task: Task<Void, Never>?
        /// The last caller, cancelled: it is told when the work has ended.
        var leaver: CheckedContinuation<Value?, any Error>?
        var endWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var isAbandoned: Bool { state.withLock { $0.abandoned } }

    func start(
        _ work: @escaping @Sendable (@escaping @Sendable (Update) -> Void) async throws -> Value,
        onEnd: @escaping @Sendable () -> Void
    ) {
        let task = Task {
            let outcome: Result<Value, any Error>
            do {
                outcome = .success(try await work { self.report($0) })
            } catch {
                outcome = .failure(error)
            }
            // Out of the table first: who is told the answer may ask again, and must not meet this job.
            onEnd()
            self.finish(outcome)
        }
        let abandoned = state.withLock { state in
            state.task = task
            return state.abandoned
        }
        if abandoned { task.cancel() }
    }

    func value(_ onUpdate: @escaping @Sendable (Update) -> Void) async throws -> Value? {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                join(id, Waiter(onUpdate: onUpdate, continuation: continuation))
            }
        } onCancel: {
            leave(id)
        }
    }

    func ended() async {
        await withCheckedContinuation { continuation in
            let over = state.withLock { state in
                if state.outcome == nil { state.endWaiters.append(continuation) }
                return state.outcome != nil
            }
            if over { continuation.resume() }
        }
    }

    private func join(_ id: Int, _ waiter: Waiter) {
        let (answer, latest) = state.withLock { state -> (Result<Value?, any Error>?, Update?) in
            if let outcome = state.outcome { return (outcome.map { $0 }, nil) }
            if state.cancelledEarly.remove(id) != nil {
                guard state.abandoned, state.leaver == nil else { return (.failure(CancellationError()), nil) }
                state.leaver = waiter.continuation
                return (nil, nil)
            }
            if state.abandoned { return (.success(nil), nil) }
            state.waiters[id] = waiter
            return (nil, state.latest)
        }
        if let latest { waiter.onUpdate(latest) }
        if let answer { waiter.continuation.resume(with: answer) }
    }

    private func leave(_ id: Int) {
        let (waiter, task) = state.withLock { state -> (Waiter?, Task<Void, Never>?) in
            guard state.outcome == nil else { return (nil, nil) }
            let waiter = state.waiters.removeValue(forKey: id)
            if waiter == nil { state.cancelledEarly.insert(id) }
            guard state.waiters.isEmpty, !state.abandoned else { return (waiter, nil) }
            state.abandoned = true
            state.leaver = waiter?.continuation
            return (nil, state.task)
        }
        waiter?.continuation.resume(throwing: CancellationError())
        task?.cancel()
    }

    private func report(_ update: Update) {
        let waiters = state.withLock { state in
            state.latest = update
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.onUpdate(update) }
    }

    private func finish(_ outcome: Result<Value, any Error>) {
        let (waiters, leaver, endWaiters) = state.withLock { state in
            state.outcome = outcome
            defer { (state.waiters, state.leaver, state.endWaiters) = ([:], nil, []) }
            return (Array(state.waiters.values), state.leaver, state.endWaiters)
        }
        leaver?.resume(throwing: CancellationError())
        for waiter in waiters { waiter.continuation.resume(with: outcome.map { $0 }) }
        for waiter in endWaiters { waiter.resume() }
    }
}

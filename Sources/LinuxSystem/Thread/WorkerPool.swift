/// A bounded pool of threads for blocking work, with a bounded queue before it.
///
/// Threads are started on demand, up to the maximum, and end after having been idle for a while: a quiet program
/// keeps none.
public final class WorkerPool: Sendable {
    public typealias Job = @Sendable () -> Void

    fileprivate struct State {
        var jobs: [Job] = []
        var first = 0
        var threads = 0
        var idle = 0
        /// Threads on their way to their first job.
        var starting = 0
        /// An idle thread was woken and has not looked for a job yet. It wakes the next one if there is more to do, so
        /// that a burst of short jobs does not wake a thread for each.
        var waking = false
        /// Threads in `waitUntilIdle`: with any, one wake-up could go to them instead of a worker.
        var drainers = 0
        var closed = false

        var waiting: Int { jobs.count - first }

        mutating func next() -> Job? {
            guard first < jobs.count else { return nil }
            let job = jobs[first]
            first += 1
            if first == jobs.count {
                jobs.removeAll(keepingCapacity: jobs.count <= 64)
                first = 0
            } else if first >= 64, first * 2 > jobs.count {
                jobs.removeFirst(first)
                first = 0
            }
            return job
        }
    }

    fileprivate enum Step {
        /// `more`: another thread is to be woken.
        case run(Job, more: Bool)
        case leave
    }

    private let name: String
    private let maximum: Int
    private let queueLimit: Int
    private let idleTime: Duration
    private let stackSize: Int
    private let state = Monitor(State())

    /// - Parameters:
    ///   - maximum: how many jobs run at once.
    ///   - queue: how many jobs wait at most, beyond those that run.
    ///   - idle: how long a thread without work stays.
    public init(
        name: String = "worker", maximum: Int, queue: Int = 1024, idle: Duration = .seconds(10),
        stackSize: Int = 512 << 10
    ) {
        self.name = name
        self.maximum = max(maximum, 1)
        self.queueLimit = queue
        self.idleTime = idle
        self.stackSize = stackSize
    }

    /// Queues a job.
    ///
    /// - Returns: false when the queue is full, the pool is closed, or no thread could be started; the job then
    ///   never runs.
    public func submit(_ job: @escaping Job) -> Bool {
        let (accepted, start, wake) = state.withLock { state in
            let ready = state.idle + state.starting
            guard !state.closed, state.waiting < ready + maximum - state.threads + queueLimit else {
                return (false, false, false)
            }
            state.jobs.append(job)
            let start = state.waiting > ready && state.threads < maximum
            if start {
                state.threads += 1
                state.starting += 1
            }
            return (true, start, !start && state.wakeNext())
        }
        guard accepted else { return false }
        if start { return startThread() }
        if wake { wakeThread() }
        return true
    }

    /// Takes no more jobs; those queued still run.
    public func close() {
        state.withLock { $0.closed = true }
        state.wakeAll()
    }

    /// Waits until every job has ended.
    ///
    /// - Returns: false when `deadline` passed first.
    public func waitUntilIdle(until deadline: MonotonicTime = .never) -> Bool {
        state.withLock { $0.drainers += 1 }
        defer { state.withLock { $0.drainers -= 1 } }
        return state.wait(until: deadline) { $0.waiting == 0 && $0.idle == $0.threads ? true : nil } ?? false
    }

    private func startThread() -> Bool {
        do {
            try Thread.spawn(name: name, stackSize: stackSize) { self.work() }
            return true
        } catch {
            return state.withLock { state in
                state.threads -= 1
                state.starting -= 1
                // The threads that exist will take the job; without any, it is taken back.
                guard state.threads == 0, state.waiting > 0 else { return true }
                state.jobs.removeLast()
                return false
            }
        }
    }

    private func work() {
        // One lock for both: a thread that neither starts nor has its job would take a place in the queue.
        let first = state.withLock { state in
            state.starting -= 1
            return state.next()
        }
        first?()
        while case .run(let job, let more) = nextStep() {
            if more { wakeThread() }
            job()
        }
    }

    /// With threads in `waitUntilIdle`, one wake-up could go to them.
    private func wakeThread() { state.withLock { $0.drainers } == 0 ? state.wakeOne() : state.wakeAll() }

    private func nextStep() -> Step {
        if let job = state.withLock({ $0.next() }) { return .run(job, more: false) }
        let drainers = state.withLock { state in
            state.idle += 1
            return state.drainers
        }
        if drainers > 0 { state.wakeAll() }
        // A thread stops to count as idle under the lock under which it takes its job, or it would seem that nothing
        // runs.
        let step = state.wait(until: .now + idleTime) { $0.nextStep(timeIsUp: false) }
        return step ?? state.withLock { $0.nextStep(timeIsUp: true)! }
    }
}

extension WorkerPool.State {
    /// Notes that an idle thread is woken, if there is work for one and none is on its way.
    fileprivate mutating func wakeNext() -> Bool {
        guard waiting > 0, idle > 0, !waking else { return false }
        waking = true
        return true
    }

    /// What an idle thread does next: nil when it goes on waiting, which it does not when its time is up.
    fileprivate mutating func nextStep(timeIsUp: Bool) -> WorkerPool.Step? {
        waking = false
        if let job = next() {
            idle -= 1
            return .run(job, more: wakeNext())
        }
        guard timeIsUp || closed else { return nil }
        idle -= 1
        threads -= 1
        return .leave
    }
}

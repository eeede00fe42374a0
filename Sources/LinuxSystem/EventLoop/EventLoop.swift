import CLinux
import Glibc
import Synchronization

/// Waits for descriptors, timers, signals and jobs, and runs their handlers one after another on the thread that
/// calls `run` (epoll_wait(2)).
///
/// Every method may be called from any thread. Handlers must not block. Nothing here needs Swift's concurrency
/// runtime.
public final class EventLoop: Sendable {
    public typealias Job = @Sendable () -> Void

    struct State {
        var jobs: [Job] = []
        var timers = TimerQueue()
        var watches = WatchTable()
        var signals = SignalTable()
        /// Between the decision to wait and the return from waiting: whoever adds work has to wake the loop.
        var sleeping = false
        var stopped = false
    }

    let epoll: Descriptor
    private let wakeUp: Descriptor
    let state = Mutex(State())
    /// The thread inside `run`, 0 when there is none.
    private let owner = Atomic<UInt>(0)

    public init() throws(SystemError) {
        epoll = Descriptor(owning: try systemCall("epoll_create1") { berth_epoll_create() })
        wakeUp = Descriptor(owning: try systemCall("eventfd") { berth_eventfd() })
        let number = wakeUp.raw
        try register(number, .readable) { _ in Self.drain(number) }
    }

    /// Whether the calling thread is the one that runs this loop.
    public var isCurrent: Bool { owner.load(ordering: .relaxed) == UInt(pthread_self()) }

    // MARK: Running

    /// Runs handlers until `stop()`.
    public func run() { run { false } }

    /// Runs handlers until `done` says so or `stop()` is called; `done` is asked after each round of handlers.
    ///
    /// May be called from within a handler: a single-threaded program waits so for an answer.
    public func run(until done: () -> Bool) {
        let previous = owner.exchange(UInt(pthread_self()), ordering: .relaxed)
        precondition(previous == 0 || previous == UInt(pthread_self()), "the loop runs on another thread")
        defer { owner.store(previous, ordering: .relaxed) }
        while !done(), !state.withLock({ $0.stopped }) { turn() }
    }

    /// Makes `run` return after the present round, for good.
    public func stop() {
        let wake = state.withLock { state in
            state.stopped = true
            return state.clearSleeping()
        }
        if wake { signalWakeUp() }
    }

    /// Runs a job in the loop's next round.
    public func execute(_ job: @escaping Job) {
        let wake = state.withLock { state in
            state.jobs.append(job)
            return state.clearSleeping()
        }
        if wake { signalWakeUp() }
    }

    // MARK: Timers

    /// Runs `action` once, after `delay`, not earlier and at a resolution of a millisecond.
    @discardableResult
    public func schedule(after delay: Duration, _ action: @escaping Job) -> LoopTimer {
        schedule(at: .now + delay, action)
    }

    /// Runs `action` once, at `deadline`.
    @discardableResult
    public func schedule(at deadline: MonotonicTime, _ action: @escaping Job) -> LoopTimer {
        let timer = LoopTimer(deadline: deadline, action: action)
        let wake = state.withLock { state in
            state.timers.insert(timer)
            return state.timers.nextDeadline == deadline && state.clearSleeping()
        }
        if wake { signalWakeUp() }
        return timer
    }

    /// Takes a timer back. Nothing happens when it has fired; on another thread it can be firing just now.
    public func cancel(_ timer: LoopTimer) { state.withLock { $0.timers.remove(timer) } }

    // MARK: One round

    private func turn() {
        withUnsafeTemporaryAllocation(of: berth_epoll_event.self, capacity: 64) { events in
            let timeout = state.withLock { $0.prepareToWait() }
            let count = berth_epoll_wait(epoll.raw, events.baseAddress, CInt(events.count), timeout)
            let (jobs, now) = state.withLock { $0.finishWaiting() }
            for event in events.prefix(max(0, Int(count))) { dispatch(event) }
            for job in jobs { job() }
            runTimers(now)
        }
    }

    private func dispatch(_ event: berth_epoll_event) {
        guard let handler = state.withLock({ $0.watches.handler(of: event.token) }) else { return }
        handler(Events(rawValue: event.events))
    }

    private func runTimers(_ now: MonotonicTime?) {
        guard let now else { return }
        while let timer = state.withLock({ $0.timers.popExpired(at: now) }) { timer.action() }
    }

    private func signalWakeUp() {
        var one: UInt64 = 1
        _ = write(wakeUp.raw, &one, 8)
    }

    private static func drain(_ descriptor: CInt) {
        var count: UInt64 = 0
        _ = read(descriptor, &count, 8)
    }
}

extension EventLoop.State {
    /// Whether the loop has to be woken; the first who asks wakes it for all.
    mutating func clearSleeping() -> Bool {
        defer { sleeping = false }
        return sleeping
    }

    /// The timeout for epoll_wait(2) in milliseconds, −1 for none.
    fileprivate mutating func prepareToWait() -> CInt {
        guard jobs.isEmpty, !stopped else { return 0 }
        sleeping = true
        guard let deadline = timers.nextDeadline else { return -1 }
        return CInt(clamping: (deadline - .now).millisecondsRoundedUp)
    }

    /// The jobs to run now, and the time if there are timers to look at.
    fileprivate mutating func finishWaiting() -> ([EventLoop.Job], MonotonicTime?) {
        sleeping = false
        let due = jobs
        jobs.removeAll(keepingCapacity: false)
        return (due, timers.nextDeadline == nil ? nil : .now)
    }
}

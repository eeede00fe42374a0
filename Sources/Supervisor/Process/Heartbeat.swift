import LinuxSystem
import Synchronization

/// When a process is pinged: every two seconds while it has work, once a minute while it has none, so that a host on
/// which nothing happens sleeps.
final class Heartbeat: Sendable {
    private struct State {
        var calls = 0
        /// Whether a call began since the last beat.
        var wasCalled = true
        var next: Beat?
    }

    private struct Beat {
        var time: MonotonicTime
        var timer: LoopTimer
        var came: Promise<Void>
    }

    private let loop: EventLoop
    private let working: Duration
    private let idle: Duration
    private let state = Mutex(State())

    init(loop: EventLoop, working: Duration = .seconds(2), idle: Duration = .seconds(60)) {
        self.loop = loop
        self.working = working
        self.idle = idle
    }

    /// Runs a call: the next beat is not far any more.
    func during<R>(_ call: () async throws -> R) async rethrows -> R {
        state.withLock { state in
            state.calls += 1
            guard !state.wasCalled else { return }
            state.wasCalled = true
            guard let next = state.next, next.time > .now + working else { return }
            loop.cancel(next.timer)
            state.next = beat(after: working, next.came)
        }
        defer { state.withLock { $0.calls -= 1 } }
        return try await call()
    }

    /// Returns at the next beat.
    ///
    /// - Parameter isIdle: whether the process says that nothing goes on in it but calls.
    func next(isIdle: Bool) async {
        let came = Promise<Void>()
        state.withLock { state in
            let works = state.wasCalled || state.calls > 0 || !isIdle
            state.wasCalled = false
            state.next = beat(after: works ? working : idle, came)
        }
        await came.value
    }

    /// Whether somebody waits for a beat that has not come.
    var isAwaited: Bool { state.withLock { $0.next?.came.isFulfilled == false } }

    /// The next beat is now: the process has ended.
    func end() {
        guard let next = state.withLock({ $0.next }) else { return }
        loop.cancel(next.timer)
        next.came.fulfil(())
    }

    private func beat(after interval: Duration, _ came: Promise<Void>) -> Beat {
        let time = MonotonicTime.now + interval
        return Beat(time: time, timer: loop.schedule(at: time) { came.fulfil(()) }, came: came)
    }
}

import LinuxSystem
import Synchronization

/// One timer for all deadlines of a connection, set to the earliest. A call that is answered leaves it alone: it
/// fires for nothing now and then, which is cheaper than a timer for each call.
struct DeadlineTimer {
    var earliest = MonotonicTime.never
    var timer: LoopTimer?

    mutating func cancel(_ loop: EventLoop) {
        if let timer { loop.cancel(timer) }
        self = DeadlineTimer()
    }
}

extension Connection {
    func watchDeadline(_ deadline: MonotonicTime) {
        deadlines.withLock { state in
            guard deadline < state.earliest else { return }
            state.cancel(loop)
            state.earliest = deadline
            state.timer = loop.schedule(at: deadline) { [weak self] in self?.expire() }
        }
    }

    private func expire() {
        deadlines.withLock { $0 = DeadlineTimer() }
        let now = MonotonicTime.now
        let requests = requests.withLock { $0.expired(at: now) }
        let calls = calls.withLock { $0.removeExpired(at: now) }
        for request in requests.late { request.cancel(.deadlineExceeded(request.method)) }
        for (id, call) in calls.late { abandon(id, call, .deadlineExceeded(call.method)) }
        let next = min(requests.next, calls.next)
        if next != .never { watchDeadline(next) }
    }
}

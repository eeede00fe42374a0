import LinuxSystem
import Synchronization

/// Gives freed memory back to the kernel once no call has ended for a second. What a large call needed would stay in
/// the heap otherwise; giving it back in the handler is too early, since request and answer live longer than that.
final class MemoryReturn: Sendable {
    private struct State {
        var endedCalls: UInt64 = 0
        var isWatching = false
    }

    private static let silence = Duration.seconds(1)

    private let loop: EventLoop
    private let give: @Sendable () -> Void
    private let state = Mutex(State())

    init(loop: EventLoop, give: @escaping @Sendable () -> Void = trimMemory) {
        self.loop = loop
        self.give = give
    }

    func callEnded() {
        let seen: UInt64? = state.withLock { state in
            state.endedCalls += 1
            guard !state.isWatching else { return nil }
            state.isWatching = true
            return state.endedCalls
        }
        if let seen { watch(since: seen) }
    }

    private func watch(since seen: UInt64) {
        loop.schedule(after: Self.silence) {
            let ended = self.state.withLock { state in
                if state.endedCalls == seen { state.isWatching = false }
                return state.endedCalls
            }
            if ended == seen { self.give() } else { self.watch(since: ended) }
        }
    }
}

import Synchronization

/// Gives back what a program that answers calls does not need while it is idle, once none has ended for a second. What
/// a large call needed would stay in the heap otherwise; giving it back in the handler is too early, since request and
/// answer live longer than that.
public final class MemoryReturn: Sendable {
    private struct State {
        var ended: UInt64 = 0
        var isWatching = false
    }

    private static let silence = Duration.seconds(1)

    private let loop: EventLoop
    private let give: @Sendable () -> Void
    private let state = Mutex(State())

    public init(loop: EventLoop, give: @escaping @Sendable () -> Void = trimMemory) {
        self.loop = loop
        self.give = give
    }

    public func workEnded() {
        let seen: UInt64? = state.withLock { state in
            state.ended += 1
            guard !state.isWatching else { return nil }
            state.isWatching = true
            return state.ended
        }
        if let seen { watch(since: seen) }
    }

    private func watch(since seen: UInt64) {
        loop.schedule(after: Self.silence) {
            let ended = self.state.withLock { state in
                if state.ended == seen { state.isWatching = false }
                return state.ended
            }
            if ended == seen { self.give() } else { self.watch(since: ended) }
        }
    }
}

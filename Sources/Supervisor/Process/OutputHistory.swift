import BerthAPI
import LinuxSystem
import Synchronization

/// The newest lines that an instance's processes wrote, and who follows them.
final class OutputHistory: Sendable {
    private static let capacity = 1000

    private struct State {
        var lines: [PluginLogLine] = []
        var followers: [Int: @Sendable (PluginLogLine) -> Void] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    func add(_ text: String) {
        let line = PluginLogLine(time: Timestamp(nanoseconds: Host.now), text: text)
        let followers = state.withLock { state in
            if state.lines.count == Self.capacity { state.lines.removeFirst(Self.capacity / 10) }
            state.lines.append(line)
            return Array(state.followers.values)
        }
        for follower in followers { follower(line) }
    }

    /// - Parameter count: of the newest lines; nil for all that are kept.
    func last(_ count: Int?) -> [PluginLogLine] {
        state.withLock { state in count.map { Array(state.lines.suffix(max(0, $0))) } ?? state.lines }
    }

    func follow(_ follower: @escaping @Sendable (PluginLogLine) -> Void) -> Int {
        state.withLock { state in
            state.count += 1
            state.followers[state.count] = follower
            return state.count
        }
    }

    func unfollow(_ number: Int) { _ = state.withLock { $0.followers.removeValue(forKey: number) } }
}

import Synchronization

/// Ends a run early, from another thread: the plugin that runs is killed, and no other is started.
public final class Interruption: Sendable {
    private struct State {
        var isSet = false
        var running: RunningPlugin?
    }

    private let state = Mutex(State())

    public init() {}

    public var isSet: Bool { state.withLock { $0.isSet } }

    public func interrupt() {
        let running = state.withLock { state in
            state.isSet = true
            return state.running
        }
        running?.signal(9)
    }

    /// To be told of each process that is started.
    func watch(_ process: RunningPlugin) throws {
        let isSet = state.withLock { state in
            state.running = process
            return state.isSet
        }
        if isSet { throw Violation("interrupted") }
    }
}

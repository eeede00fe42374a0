import BerthAPI
import JSON
import Synchronization

/// Counts the calls that a plugin works on, and tells when there are none.
final class Activity: Sendable {
    fileprivate struct State {
        var calls: Int64 = 0
        var failures: Int64 = 0
        var active = 0
        var draining = false
        var idleHandlers: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    var isDraining: Bool { state.withLock { $0.draining } }

    /// A call has come and will be worked on, until `end`.
    func begin() {
        state.withLock { state in
            state.calls += 1
            state.active += 1
        }
    }

    func fail() { state.withLock { $0.failures += 1 } }

    func end() {
        let handlers = state.withLock { state in
            state.active -= 1
            return state.takeHandlersIfIdle()
        }
        for handler in handlers { handler() }
    }

    /// Takes no new calls from now on, and runs `handler` when none is left.
    func drain(_ handler: @escaping @Sendable () -> Void) {
        let handlers = state.withLock { state in
            state.draining = true
            state.idleHandlers.append(handler)
            return state.takeHandlersIfIdle()
        }
        for handler in handlers { handler() }
    }

    /// Takes calls again.
    func resume() { state.withLock { $0.draining = false } }

    func stats(_ details: JSON?) -> PluginStats.Result {
        state.withLock { state in
            PluginStats.Result(calls: state.calls, failures: state.failures, active: state.active, details: details)
        }
    }
}

extension Activity.State {
    fileprivate mutating func takeHandlersIfIdle() -> [@Sendable () -> Void] {
        guard active == 0 else { return [] }
        defer { idleHandlers = [] }
        return idleHandlers
    }
}

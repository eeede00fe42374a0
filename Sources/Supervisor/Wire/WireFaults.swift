import BerthAPI
import LinuxSystem
import Synchronization

/// Faults that an instance's calls meet, where the daemon's test mode allows it.
final class WireFaults: Sendable {
    private struct State {
        var plan = PluginFault()
        var calls = 0
        var isSet = false
    }

    /// What a call meets.
    enum Outcome: Sendable {
        case none
        case delay(Duration)
        /// It is never sent; its deadline passes.
        case drop
        case fail(BerthError)
        /// The process is killed after the call was sent.
        case kill
    }

    private let state = Mutex(State())

    func set(_ plan: PluginFault?) {
        state.withLock { $0 = State(plan: plan ?? PluginFault(), calls: 0, isSet: plan != nil) }
    }

    var plan: PluginFault? { state.withLock { $0.isSet ? $0.plan : nil } }

    func next(_ method: String) -> Outcome {
        state.withLock { state in
            guard state.isSet, state.plan.method.map({ $0 == method }) ?? true else { return .none }
            state.calls += 1
            if let after = state.plan.killAfter, state.calls == after { return .kill }
            if let every = state.plan.dropEvery, every > 0, state.calls % every == 0 { return .drop }
            if let every = state.plan.errorEvery, every > 0, state.calls % every == 0 {
                return .fail(BerthError(.internal, "a fault was asked for: \(method) fails"))
            }
            if let milliseconds = state.plan.delay, milliseconds > 0 { return .delay(.milliseconds(milliseconds)) }
            return .none
        }
    }
}

import BerthAPI
import JSON
import LinuxSystem
import Synchronization

/// Faults that an instance meets, where the daemon's test mode allows it: some before a call is made, the others on the
/// wire (`WireRelay`).
final class WireFaults: Sendable {
    private static let rememberedRequests = 4096

    private struct State {
        var plan = PluginFault()
        var calls = 0
        /// Messages of the side that is disturbed.
        var messages = 0
        /// Methods of requests that wait for their answer, by id.
        var requests: [String: String] = [:]
        var isSet = false
    }

    /// What a call meets before it is sent.
    enum Outcome: Sendable {
        case none
        case delay(Duration)
        case fail(BerthError)
        /// The process is killed after the call was sent.
        case kill
    }

    /// What a message meets on its way.
    enum Disturbance: Sendable {
        case none
        /// It never arrives.
        case drop
        /// It arrives twice.
        case duplicate
        /// A byte in its middle is another.
        case corrupt
        /// Half of it arrives, then the connection ends.
        case cut
    }

    private let state = Mutex(State())

    func set(_ plan: PluginFault?) {
        state.withLock { $0 = State(plan: plan ?? PluginFault(), isSet: plan != nil) }
    }

    func next(_ method: String) -> Outcome {
        state.withLock { state in
            guard state.isSet, state.plan.method.map({ $0 == method }) ?? true else { return .none }
            state.calls += 1
            if let after = state.plan.killAfter, state.calls == after { return .kill }
            if let every = state.plan.errorEvery, every > 0, state.calls % every == 0 {
                return .fail(BerthError(.internal, "a fault was asked for: \(method) fails"))
            }
            if let milliseconds = state.plan.delay, milliseconds > 0 { return .delay(.milliseconds(milliseconds)) }
            return .none
        }
    }

    /// - Parameter message: nil for what is no JSON.
    func meets(_ message: JSON?, _ side: WireRelay.Side) -> Disturbance {
        state.withLock { state in
            guard state.isSet, let message, let method = Self.method(of: message, side, &state.requests) else {
                return .none
            }
            guard Self.concerns(method, state.plan.method), side == (state.plan.answers == true ? .answers : .requests)
            else { return .none }
            state.messages += 1
            return state.plan.disturbance(state.messages)
        }
    }

    /// The supervisor's own calls (ping, handshake) meet faults only when they are named: a plugin that is disturbed in
    /// its work is not one that hangs.
    private static func concerns(_ method: String, _ wanted: String?) -> Bool {
        wanted.map { $0 == method } ?? !(method.hasPrefix("plugin.") || method == PluginInitialize.name)
    }

    /// Of a request, or of the request that an answer belongs to; nil for what is neither.
    private static func method(
        of message: JSON, _ side: WireRelay.Side, _ requests: inout [String: String]
    ) -> String? {
        guard let id = message["id"].map({ "\($0)" }) else { return nil }
        guard side == .requests else { return requests.removeValue(forKey: id) }
        guard let method = message["method"]?.string else { return nil }
        if requests.count >= rememberedRequests { requests.removeAll() }
        requests[id] = method
        return method
    }
}

extension PluginFault {
    /// What the message of this number meets.
    fileprivate func disturbance(_ number: Int) -> WireFaults.Disturbance {
        let plans: [(Int?, WireFaults.Disturbance)] = [
            (dropEvery, .drop), (cutEvery, .cut), (corruptEvery, .corrupt), (duplicateEvery, .duplicate),
        ]
        return plans.first { every, _ in every.map { $0 > 0 && number % $0 == 0 } ?? false }?.1 ?? .none
    }
}

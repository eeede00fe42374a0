import BerthAPI
import JSON
public import JSONRPC
import LinuxSystem
import Synchronization

/// A call whose answer has not been waited for yet; see `BerthClient.begin`.
public final class RunningCall<M: Method>: Sendable {
    private struct State {
        var session: Session
        var result: Swift.Result<Reply<M.Result>, RPCError>?
    }

    private let method: M
    private let timeout: Duration
    private let descriptors: [SharedDescriptor]
    private let onProgress: (@Sendable (JSON) -> Void)?
    private let state: Mutex<State>

    init(
        _ method: M, timeout: Duration, descriptors: [SharedDescriptor], onProgress: (@Sendable (JSON) -> Void)?,
        in session: Session
    ) {
        self.method = method
        self.timeout = timeout
        self.descriptors = descriptors
        self.onProgress = onProgress
        state = Mutex(State(session: session))
        begin(in: session)
    }

    /// What was read of a descriptor is gone.
    var canBeRepeated: Bool { descriptors.isEmpty }

    var session: Session { state.withLock { $0.session } }
    var result: Swift.Result<Reply<M.Result>, RPCError>? { state.withLock { $0.result } }

    /// Also again, when a session was lost because the daemon has moved.
    func begin(in session: Session) {
        state.withLock { $0 = State(session: session) }
        session.connection.call(method, timeout: timeout, descriptors: descriptors, onProgress: onProgress) { result in
            self.state.withLock { $0.result = result }
        }
    }
}

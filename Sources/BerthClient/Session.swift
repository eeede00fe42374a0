import BerthAPI
import JSONRPC
import LinuxSystem
import Synchronization

/// One connection to the daemon, opened as a session.
final class Session: Sendable {
    let connection: Connection
    private let state: SessionState

    /// Why the daemon does not open the session.
    var refusal: BerthError? { state.refusal.withLock { $0 } }

    /// Whether another program has taken the daemon's place, and calls that were not answered are for that.
    var hasMoved: Bool { state.moved.load(ordering: .relaxed) }

    init(
        socket: consuming Descriptor, loop: EventLoop, identity: PeerIdentity, service: (any Service)?
    ) throws(BerthError) {
        let state = SessionState(service: service)
        self.state = state
        do {
            connection = try Connection(socket: socket, loop: loop, service: state)
        } catch {
            throw BerthError(.internal, "\(error)")
        }
        connection.call(Initialize(client: identity), timeout: .seconds(30)) { result in
            guard case .failure(let error) = result, error.code != RPCError.connectionClosedCode else { return }
            state.refusal.withLock { $0 = BerthError(error) }
        }
    }
}

/// What the daemon has said by itself.
private final class SessionState: Service {
    let refusal = Mutex<BerthError?>(nil)
    let moved = Atomic<Bool>(false)
    private let service: (any Service)?

    init(service: (any Service)?) { self.service = service }

    func handle(_ request: RequestContext) {
        if let service { service.handle(request) } else { request.fail(.methodNotFound(request.method)) }
    }

    func handle(_ notification: ReceivedNotification) {
        if notification.method == SessionMoved.name { moved.store(true, ordering: .relaxed) }
        service?.handle(notification)
    }
}

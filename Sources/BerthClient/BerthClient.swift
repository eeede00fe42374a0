import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Synchronization

/// A session with the daemon, for a program with one thread: a call runs the event loop until its answer is there.
public final class BerthClient: Sendable {
    /// As good as none, for calls that last as long as a container or a download.
    public static let unbounded = Duration.seconds(10 * 365 * 86_400)
    /// What an ordinary call may take: unpacking an image for another snapshotter is the longest.
    public static let patience = Duration.seconds(600)

    public let loop: EventLoop
    public let connection: Connection
    private let opening = Opening()

    /// Connects and opens the session.
    ///
    /// - Parameters:
    ///   - service: takes the daemon's notifications.
    ///   - loop: one that the program runs already; a new one unless said.
    /// - Throws: `unavailable` when nobody listens, `permissionDenied` when the socket may not be used.
    public convenience init(
        host: HostAddress, identity: PeerIdentity, service: (any Service)? = nil, loop: EventLoop? = nil
    ) throws(BerthError) {
        let socket: Descriptor
        do {
            socket = try UnixSocket.connect(to: host.path)
        } catch {
            throw Self.failure(error, host)
        }
        try self.init(socket: socket, identity: identity, service: service, loop: loop)
    }

    /// Opens the session on a connected socket. Its first call does not wait for the daemon's answer; a refusal is what
    /// that call fails with.
    public init(
        socket: consuming Descriptor, identity: PeerIdentity, service: (any Service)? = nil, loop: EventLoop? = nil
    ) throws(BerthError) {
        do {
            self.loop = try loop ?? EventLoop()
            connection = try Connection(socket: socket, loop: self.loop, service: service)
        } catch {
            throw BerthError(.internal, "\(error)")
        }
        connection.call(Initialize(client: identity), timeout: .seconds(30)) { [opening] result in
            if case .failure(let error) = result { opening.refusal.withLock { $0 = BerthError(error) } }
        }
    }

    // MARK: Calls

    /// Calls a method and waits for its result.
    @discardableResult
    public func call<M: Method>(
        _ method: M, timeout: Duration = patience, onProgress: (@Sendable (JSON) -> Void)? = nil
    ) throws(BerthError) -> M.Result {
        try reply(to: method, timeout: timeout, onProgress: onProgress).result
    }

    /// As `call`, with the descriptors that came beside the answer.
    public func reply<M: Method>(
        to method: M, timeout: Duration = patience, onProgress: (@Sendable (JSON) -> Void)? = nil
    ) throws(BerthError) -> Reply<M.Result> {
        let answer = Answer<Reply<M.Result>>()
        connection.call(method, timeout: timeout, onProgress: onProgress) { result in
            answer.result.withLock { $0 = result }
        }
        loop.run { answer.result.withLock { $0 != nil } || opening.refusal.withLock { $0 != nil } }
        if let refusal = opening.refusal.withLock({ $0 }) { throw refusal }
        switch answer.result.withLock({ $0 }) {
        case .success(let reply)?: return reply
        case .failure(let error)?: throw BerthError(error)
        case nil: throw BerthError(.cancelled, "the event loop was stopped before \(M.name) was answered")
        }
    }

    /// Calls a method without waiting; `completion` runs on the loop.
    public func start<M: Method>(
        _ method: M, timeout: Duration = patience,
        completion: @escaping @Sendable (Swift.Result<M.Result, BerthError>) -> Void
    ) {
        connection.call(method, timeout: timeout) { result in
            completion(result.map(\.result).mapError { BerthError($0) })
        }
    }

    private static func failure(_ error: SystemError, _ host: HostAddress) -> BerthError {
        switch error.errno {
        case .noEntry, .connectionRefused, .notDirectory:
            BerthError(
                .unavailable, "Cannot connect to the Berth daemon at \(host). Is berthd running?", object: "daemon")
        case .accessDenied, .notPermitted:
            BerthError(
                .permissionDenied, "permission denied while trying to connect to the Berth daemon at \(host)",
                object: "daemon", hint: "members of the group berth and root may use it")
        default:
            BerthError(.unavailable, "Cannot connect to the Berth daemon at \(host): \(error.errno)", object: "daemon")
        }
    }
}

/// Why the daemon does not open the session.
private final class Opening: Sendable {
    let refusal = Mutex<BerthError?>(nil)
}

private final class Answer<Value: Sendable>: Sendable {
    let result = Mutex<Swift.Result<Value, RPCError>?>(nil)
}

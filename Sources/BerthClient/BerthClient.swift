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
    private let identity: PeerIdentity
    private let service: (any Service)?
    private let current: Mutex<Session>
    /// Connects anew; nil for a client that was given its socket.
    private let connect: (@Sendable () throws(BerthError) -> Descriptor)?

    /// Connects and opens the session.
    ///
    /// - Parameters:
    ///   - service: takes the daemon's notifications.
    ///   - loop: one that the program runs already; a new one unless said.
    /// - Throws: `unavailable` when nobody listens, `permissionDenied` when the socket may not be used.
    public convenience init(
        host: HostAddress, identity: PeerIdentity, service: (any Service)? = nil, loop: EventLoop? = nil
    ) throws(BerthError) {
        let connect = { @Sendable () throws(BerthError) -> Descriptor in
            do throws(SystemError) {
                return try UnixSocket.connect(to: host.path)
            } catch {
                throw Self.failure(error, host)
            }
        }
        try self.init(
            socket: try connect(), identity: identity, service: service, loop: loop, connect: connect)
    }

    /// Opens the session on a connected socket. Its first call does not wait for the daemon's answer; a refusal is what
    /// that call fails with.
    public convenience init(
        socket: consuming Descriptor, identity: PeerIdentity, service: (any Service)? = nil, loop: EventLoop? = nil
    ) throws(BerthError) {
        try self.init(socket: socket, identity: identity, service: service, loop: loop, connect: nil)
    }

    private init(
        socket: consuming Descriptor, identity: PeerIdentity, service: (any Service)?, loop: EventLoop?,
        connect: (@Sendable () throws(BerthError) -> Descriptor)?
    ) throws(BerthError) {
        do {
            self.loop = try loop ?? EventLoop()
        } catch {
            throw BerthError(.internal, "\(error)")
        }
        self.identity = identity
        self.service = service
        self.connect = connect
        current = Mutex(try Session(socket: socket, loop: self.loop, identity: identity, service: service))
    }

    private var session: Session { current.withLock { $0 } }

    /// Goes on with the program that took the daemon's place.
    ///
    /// - Returns: false when that is not what has happened.
    private func renew(_ old: Session) throws(BerthError) -> Bool {
        guard old.hasMoved, let connect else { return false }
        // Another call that was lost with the session has come first.
        guard session === old else { return true }
        let next = try Session(socket: try connect(), loop: loop, identity: identity, service: service)
        current.withLock { $0 = next }
        return true
    }

    /// Waits until another program has taken the daemon's place, after `SystemUpgrade` was answered, and goes on with
    /// that.
    ///
    /// - Throws: `unavailable` when the daemon ends instead.
    public func followMove() throws(BerthError) {
        let old = session
        loop.run { old.hasMoved || old.connection.isClosed }
        guard try renew(old) else { throw BerthError(.unavailable, "the daemon has ended", object: "daemon") }
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
    ///
    /// - Parameter descriptors: sent along. A call with some is not made again to a daemon that took this one's place.
    public func reply<M: Method>(
        to method: M, timeout: Duration = patience, descriptors: [SharedDescriptor] = [],
        onProgress: (@Sendable (JSON) -> Void)? = nil
    ) throws(BerthError) -> Reply<M.Result> {
        try finish(begin(method, timeout: timeout, descriptors: descriptors, onProgress: onProgress))
    }

    /// Calls a method and goes on: the answer is what `finish` gives, while other calls run.
    public func begin<M: Method>(
        _ method: M, timeout: Duration = patience, descriptors: [SharedDescriptor] = [],
        onProgress: (@Sendable (JSON) -> Void)? = nil
    ) -> RunningCall<M> {
        RunningCall(method, timeout: timeout, descriptors: descriptors, onProgress: onProgress, in: session)
    }

    /// Waits for the answer to a call.
    public func finish<M: Method>(_ call: RunningCall<M>) throws(BerthError) -> Reply<M.Result> {
        while true {
            let session = call.session
            loop.run { call.result != nil || session.refusal != nil }
            if let refusal = session.refusal { throw refusal }
            switch call.result {
            case .success(let reply)?: return reply
            case .failure(let error)?:
                let isLost = error.code == RPCError.connectionClosedCode
                guard isLost, call.canBeRepeated, try renew(session) else { throw BerthError(error) }
                call.begin(in: self.session)
            case nil: throw BerthError(.cancelled, "the event loop was stopped before \(M.name) was answered")
            }
        }
    }

    /// Calls a method without waiting; `completion` runs on the loop.
    public func start<M: Method>(
        _ method: M, timeout: Duration = patience,
        completion: @escaping @Sendable (Swift.Result<M.Result, BerthError>) -> Void
    ) {
        session.connection.call(method, timeout: timeout) { result in
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

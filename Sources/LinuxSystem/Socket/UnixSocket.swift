import CLinux
import Glibc

/// Stream sockets of the UNIX family (unix(7)). Every descriptor is close-on-exec and non-blocking.
public enum UnixSocket {
    /// Binds a path and listens on it. The folder should be 0700, or the mode restrictive: the socket never has more
    /// permissions than `mode`, not for a moment.
    ///
    /// - Parameters:
    ///   - mode: the permissions of the socket's file.
    ///   - backlog: connections that wait to be accepted (listen(2)).
    ///   - replacing: whether a socket file that is already there is removed first.
    public static func listen(
        at path: String, mode: UInt32 = 0o600, backlog: Int = 128, replacing: Bool = false
    ) throws(SystemError) -> Descriptor {
        let address = try UnixAddress(path)
        let socket = try create()
        let raw = socket.raw
        // The mode of the socket's inode, less the umask, becomes the mode of the file that bind makes.
        try systemCall("fchmod", path) { fchmod(raw, mode) }
        if replacing { try removeSocket(path) }
        try systemCall("bind", path) { address.withPointer { bind(raw, $0, $1) } }
        try systemCall("chmod", path) { chmod(path, mode) }
        try systemCall("listen", path) { Glibc.listen(raw, CInt(backlog)) }
        return socket
    }

    /// Connects to the socket at a path.
    ///
    /// - Throws: `connect` with ENOENT when nothing is there, ECONNREFUSED when nobody listens, EAGAIN when the
    ///   backlog is full, EACCES when the permissions forbid it.
    public static func connect(to path: String) throws(SystemError) -> Descriptor {
        let address = try UnixAddress(path)
        let socket = try create()
        let raw = socket.raw
        try systemCall("connect", path) { address.withPointer { Glibc.connect(raw, $0, $1) } }
        return socket
    }

    /// Two sockets connected with each other (socketpair(2)).
    public static func pair() throws(SystemError) -> SocketPair {
        var numbers: [CInt] = [-1, -1]
        try systemCall("socketpair") { socketpair(AF_UNIX, Self.type, 0, &numbers) }
        return SocketPair(first: Descriptor(owning: numbers[0]), second: Descriptor(owning: numbers[1]))
    }

    /// Takes the next connection off a listening socket.
    ///
    /// - Returns: nil when none waits, or the one that waited went away again.
    public static func accept(_ listener: CInt) throws(SystemError) -> Descriptor? {
        do {
            return Descriptor(owning: try systemCall("accept", "\(listener)") { berth_accept(listener) })
        } catch {
            guard error.errno == .wouldBlock || error.errno == .connectionAborted else { throw error }
            return nil
        }
    }

    /// Who was at the other end when the connection was made (SO_PEERCRED).
    public static func peerCredentials(_ socket: CInt) throws(SystemError) -> PeerCredentials {
        var (pid, uid, gid) = (Int32(0), UInt32(0), UInt32(0))
        try systemCall("getsockopt", "SO_PEERCRED") { berth_peer_credentials(socket, &pid, &uid, &gid) }
        return PeerCredentials(pid: pid, uid: uid, gid: gid)
    }

    /// Makes operations on a descriptor from elsewhere (an inherited listener) return instead of waiting.
    public static func setNonBlocking(_ descriptor: CInt) throws(SystemError) {
        let flags = try systemCall("fcntl", "F_GETFL") { fcntl(descriptor, F_GETFL) }
        try systemCall("fcntl", "F_SETFL") { fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) }
    }

    /// Ends sending (SHUT_WR): the peer reads what was sent, then end of file.
    public static func shutdownWriting(_ socket: CInt) throws(SystemError) {
        try systemCall("shutdown", "\(socket)") { Glibc.shutdown(socket, CInt(SHUT_WR)) }
    }

    /// Ends both directions (SHUT_RDWR): whoever waits for the socket, in this process too, sees the end.
    public static func shutdown(_ socket: CInt) throws(SystemError) {
        try systemCall("shutdown", "\(socket)") { Glibc.shutdown(socket, CInt(SHUT_RDWR)) }
    }

    private static let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)

    private static func create() throws(SystemError) -> Descriptor {
        Descriptor(owning: try systemCall("socket", "AF_UNIX") { socket(AF_UNIX, type, 0) })
    }

    private static func removeSocket(_ path: String) throws(SystemError) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
        try systemCall("unlink", path) { unlink(path) }
    }
}

/// Both ends of a connection.
public struct SocketPair: ~Copyable, Sendable {
    public let first: Descriptor
    public let second: Descriptor

    /// Hands both ends to their owners.
    public consuming func take<R>(_ body: (consuming Descriptor, consuming Descriptor) throws -> R) rethrows -> R {
        try body(first, second)
    }
}

/// The process at the other end of a UNIX socket.
public struct PeerCredentials: Hashable, Sendable {
    public var pid: Int32
    public var uid: UInt32
    public var gid: UInt32

    public init(pid: Int32, uid: UInt32, gid: UInt32) {
        self.pid = pid
        self.uid = uid
        self.gid = gid
    }
}

extension Errno {
    public static let connectionAborted = Errno(rawValue: ECONNABORTED)
}

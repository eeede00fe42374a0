import Glibc

/// Whether one host reaches another over TCP (tcp(7)), without a byte of content.
public enum TCPProbe {
    /// A socket that listens on every address of the calling thread's network namespace, on a port of the kernel's.
    public static func listen() throws(SystemError) -> (socket: SharedDescriptor, port: UInt16) {
        let socket = try create()
        var name = address(.any, 0)
        try systemCall("bind", "tcp") { name.withSockaddr { bind(socket.raw, $0, $1) } }
        try systemCall("listen", "tcp") { Glibc.listen(socket.raw, 16) }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try systemCall("getsockname", "tcp") {
            name.withSockaddr { pointer, _ in getsockname(socket.raw, pointer, &length) }
        }
        return (socket, UInt16(bigEndian: name.sin_port))
    }

    /// Connects from the calling thread's network namespace.
    ///
    /// - Throws: `timedOut` when the deadline came first, `connectionRefused` and its kin.
    public static func connect(to host: IPv4Address, port: UInt16, until deadline: MonotonicTime) throws(SystemError) {
        let socket = try create()
        var name = address(host, port)
        do {
            try systemCall("connect", "\(host):\(port)") { name.withSockaddr { Glibc.connect(socket.raw, $0, $1) } }
            return
        } catch {
            guard error.errno.rawValue == EINPROGRESS else { throw error }
        }
        guard StreamPoll.waitWritable(socket.raw, until: deadline) else {
            throw SystemError(.timedOut, "connect", "\(host):\(port)")
        }
        var (code, length) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
        try systemCall("getsockopt", "SO_ERROR") { getsockopt(socket.raw, SOL_SOCKET, SO_ERROR, &code, &length) }
        guard code == 0 else { throw SystemError(Errno(rawValue: code), "connect", "\(host):\(port)") }
    }

    private static func create() throws(SystemError) -> SharedDescriptor {
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        return SharedDescriptor(owning: try systemCall("socket", "AF_INET") { socket(AF_INET, type, 0) })
    }

    private static func address(_ host: IPv4Address, _ port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = host.rawValue.bigEndian
        return name
    }
}

import Glibc

/// Sending on a thread that has nothing else to do.
extension UnixSocket {
    /// Makes operations on a socket wait.
    public static func setBlocking(_ descriptor: CInt) throws(SystemError) {
        let flags = try systemCall("fcntl", "F_GETFL") { fcntl(descriptor, F_GETFL) }
        try systemCall("fcntl", "F_SETFL") { fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) }
    }

    /// Sends all bytes on a blocking socket, as slowly as the peer reads. Never raises SIGPIPE.
    ///
    /// - Throws: `brokenPipe` or `connectionReset` when the peer is gone.
    public static func sendAll(_ socket: CInt, _ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var sent = 0
        while sent < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
            sent += try systemCall("send", "\(socket)") {
                Glibc.send(socket, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
            }
        }
    }
}

import Glibc

extension UnixSocket {
    /// The listening socket that whoever started this process handed over, as its descriptor 3 (the LISTEN_FDS
    /// convention, sd_listen_fds(3)). Made close-on-exec; the variables are removed, so that no child believes them.
    ///
    /// - Throws: `LISTEN_FDS` with ENOENT when none was handed over, `LISTEN_PID` with ESRCH when it was meant for
    ///   another process, ENOTSUP when descriptor 3 does not listen.
    public static func inheritedListener() throws(SystemError) -> Descriptor {
        let first: CInt = 3
        guard let count = variable("LISTEN_FDS").flatMap({ Int($0) }), count >= 1 else {
            throw SystemError(.noEntry, "LISTEN_FDS", "no listening socket was handed over")
        }
        if let process = variable("LISTEN_PID"), CInt(process) != getpid() {
            throw SystemError(.noProcess, "LISTEN_PID", process)
        }
        for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] { unsetenv(name) }
        var listening: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        try systemCall("getsockopt", "\(first)") { getsockopt(first, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) }
        guard listening != 0 else { throw SystemError(.notSupported, "accept", "descriptor \(first) does not listen") }
        try systemCall("fcntl", "F_SETFD \(first)") { fcntl(first, F_SETFD, FD_CLOEXEC) }
        return Descriptor(owning: first)
    }

    private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

import CLinux
import Glibc

/// How a process ended (wait(2)).
public enum ExitStatus: Hashable, Sendable {
    case exited(code: CInt)
    case signaled(CInt, coreDumped: Bool)

    /// The shell's number: the code, or 128 plus the signal.
    public var code: CInt {
        switch self {
        case .exited(let code): code
        case .signaled(let signal, _): 128 + signal
        }
    }
}

/// Calls on a pidfd: the one name of a process that is never reused (pidfd_open(2)).
public enum ProcessDescriptor {
    /// Opens a pidfd, close-on-exec. `noProcess` when there is no such process.
    public static func open(_ pid: CInt) throws(SystemError) -> Descriptor {
        Descriptor(owning: try systemCall("pidfd_open", "\(pid)") { berth_pidfd_open(pid, 0) })
    }

    /// Sends a signal; `noProcess` when the process has been waited for.
    public static func signal(_ pidfd: CInt, _ signal: CInt) throws(SystemError) {
        try systemCall("pidfd_send_signal", "\(signal)") { berth_pidfd_send_signal(pidfd, signal) }
    }

    /// Waits for the end of a child and takes its status (waitid(2), P_PIDFD). With `block` false, nil while it runs.
    public static func wait(_ pidfd: CInt, block: Bool = true) throws(SystemError) -> ExitStatus? {
        var info = siginfo_t()
        let options = WEXITED | (block ? 0 : WNOHANG)
        try systemCall("waitid") { waitid(idtype_t(3), id_t(pidfd), &info, options) }
        guard info._sifields._sigchld.si_pid != 0 else { return nil }
        let status = info._sifields._sigchld.si_status
        if info.si_code == Int(CLD_EXITED) { return .exited(code: status) }
        return .signaled(status, coreDumped: info.si_code == Int(CLD_DUMPED))
    }

    /// Waits until the process has ended or `milliseconds` have passed (-1: no limit); whether it has ended.
    /// Works for any process, not only children.
    public static func waitUntilEnded(_ pidfd: CInt, milliseconds: CInt) throws(SystemError) -> Bool {
        var poll = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        return try systemCall("poll") { Glibc.poll(&poll, 1, milliseconds) } > 0
    }
}

/// A process group, which a child that leads a session has for itself (setsid(2)).
public enum ProcessGroup {
    /// Sends a signal to every member (kill(2)). Only for a group whose leader is this process's child and has not been
    /// waited for, or the number may be another's.
    ///
    /// - Returns: false when no member is left.
    @discardableResult
    public static func signal(_ group: CInt, _ signal: CInt) -> Bool { group > 1 && kill(-group, signal) == 0 }
}

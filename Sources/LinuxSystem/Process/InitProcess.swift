import CLinux
import Glibc

/// The work of a process 1: one program, its signals, and everybody's orphans.
public enum InitProcess {
    /// Starts a program, looked for in `$PATH`, in the foreground; returns its exit code (128 + n after a signal) once it
    /// has ended, having reaped all that ended before.
    public static func run(_ program: String, _ arguments: [String]) throws(SystemError) -> CInt {
        var all = sigset_t()
        sigfillset(&all)
        sigprocmask(SIG_BLOCK, &all, nil)
        let child = try start(program, arguments)
        while true {
            var information = siginfo_t()
            let signal = sigwaitinfo(&all, &information)
            guard signal > 0 else { continue }
            if signal == SIGCHLD {
                if let code = reap(child) { return code }
            } else {
                _ = kill(child, signal)
            }
        }
    }

    private static func start(_ program: String, _ arguments: [String]) throws(SystemError) -> CInt {
        let words = CStringArray(arguments)
        let child = try systemCall("fork", program) { berth_fork() }
        guard child == 0 else { return child }
        berth_reset_signals()
        // A group of its own in the foreground: what is typed at a terminal reaches the program once, not twice.
        setpgid(0, 0)
        if isatty(0) == 1 { _ = berth_terminal_foreground() }
        execvp(program, words.pointers)
        _exit(Errno.current == .noEntry ? 127 : 126)
    }

    /// Takes the status of all that have ended; the program's code when it is among them.
    private static func reap(_ child: CInt) -> CInt? {
        var code: CInt?
        var status: CInt = 0
        while case let pid = waitpid(-1, &status, WNOHANG), pid > 0 {
            guard pid == child else { continue }
            let signal = status & 0x7f
            code = signal == 0 ? (status >> 8) & 0xff : 128 + signal
        }
        return code
    }
}

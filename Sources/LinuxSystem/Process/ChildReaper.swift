import CLinux
import Glibc

/// The children of a process that keeps them all: its own, and orphans that it adopted (wait(2), prctl(2)).
public enum ChildReaper {
    /// Takes the status of a child that has ended, whichever.
    ///
    /// - Returns: nil when none has.
    public static func reapOne() -> (pid: CInt, status: ExitStatus)? {
        var status: CInt = 0
        var pid: CInt
        repeat { pid = waitpid(-1, &status, WNOHANG) } while pid == -1 && Errno.current == .interrupted
        guard pid > 0 else { return nil }
        // The encoding of wait(2): the low 7 bits are the signal, bit 7 the core dump, the next byte the code.
        let signal = status & 0x7f
        if signal == 0 { return (pid, .exited(code: (status >> 8) & 0xff)) }
        return (pid, .signaled(signal, coreDumped: status & 0x80 != 0))
    }
}

/// Signals that a stray sender must not end this process with; a program that is executed gets its defaults back from
/// whoever executes it (signal(7)).
public func ignoreSignals(_ signals: [CInt]) {
    for number in signals { _ = signal(number, SIG_IGN) }
}

/// Gives back what a process that will be idle for long has needed before: free heap memory, the stack below the
/// caller, and text that ran once.
public func trimMemory() {
    berth_trim_heap()
    berth_forget_stack(256 << 10)
    berth_forget_program()
}

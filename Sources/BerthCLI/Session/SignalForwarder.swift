import BerthAPI
import LinuxSystem

/// Sends signals that the client gets to the container's first process.
final class SignalForwarder: @unchecked Sendable {
    // Sendable because it is only reached on the loop's thread: the program has no other.

    /// Those that end a program by default, and can be caught. Job control's stay the shell's, SIGPIPE and SIGCHLD
    /// are about this process, SIGWINCH is about the terminal.
    private static let signals: [(name: String, number: CInt)] = [
        ("SIGHUP", 1), ("SIGINT", 2), ("SIGQUIT", 3), ("SIGUSR1", 10), ("SIGUSR2", 12), ("SIGALRM", 14),
        ("SIGTERM", 15), ("SIGVTALRM", 26), ("SIGPROF", 27), ("SIGIO", 29), ("SIGPWR", 30),
    ]
    /// So many interrupts without an answer of the daemon end the client.
    private static let patience = 3
    private static let interrupts: Set<CInt> = [2, 15]

    private var unanswered = 0
    /// The daemon does not answer, and the user has insisted.
    private(set) var gaveUp = false

    init(_ link: DaemonLink, container: String) throws(SystemError) {
        for (name, number) in Self.signals {
            try link.loop.onSignal(number) { [weak self, weak link] in
                guard let self, let link else { return }
                forward(name, number, link, container)
            }
        }
    }

    private func forward(_ name: String, _ number: CInt, _ link: DaemonLink, _ container: String) {
        if Self.interrupts.contains(number) { unanswered += 1 }
        if unanswered >= Self.patience { gaveUp = true }
        // A container that has just ended is no reason to complain: its status is on the way.
        link.tell(ContainerKill(id: container, signal: name)) { [weak self] in self?.unanswered = 0 }
    }
}

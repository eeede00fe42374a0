import LinuxSystem

/// Without forwarding, a signal ends the client; but first the terminal must be given back.
final class EndingSignals: @unchecked Sendable {
    // Sendable because it is only reached on the loop's thread: the program has no other.

    private static let signals: [CInt] = [1, 2, 3, 15]

    private(set) var received: CInt?

    init(_ loop: EventLoop) throws(SystemError) {
        for signal in Self.signals {
            try loop.onSignal(signal) { [weak self] in self?.received = signal }
        }
    }
}

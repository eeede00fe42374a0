import LinuxSystem

/// A terminal in raw mode, until `restore()` or the guard's end.
final class TerminalGuard {
    private let descriptor: CInt
    private var original: TerminalSettings?

    /// Puts the terminal into raw mode.
    init(_ descriptor: CInt) throws(SystemError) {
        self.descriptor = descriptor
        let settings = try Terminal.settings(descriptor)
        try Terminal.apply(settings.raw, to: descriptor)
        original = settings
    }

    /// Gives the terminal back as it was.
    func restore() {
        guard let settings = original else { return }
        original = nil
        // A terminal that is gone needs no restoring.
        try? Terminal.apply(settings, to: descriptor)
    }

    deinit { restore() }
}

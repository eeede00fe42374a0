import CLinux
import Glibc

/// A terminal that this process was given, by descriptor number (termios(3), ioctl_tty(2)).
public enum Terminal {
    public static func isTerminal(_ descriptor: CInt) -> Bool { isatty(descriptor) == 1 }

    /// Rows and columns; nil for what is no terminal or does not know its size.
    public static func size(_ descriptor: CInt) -> TerminalSize? {
        var (rows, columns) = (UInt16(0), UInt16(0))
        guard berth_terminal_size(descriptor, &rows, &columns) == 0, rows > 0, columns > 0 else { return nil }
        return TerminalSize(rows: Int(rows), columns: Int(columns))
    }

    public static func setSize(_ descriptor: CInt, _ size: TerminalSize) throws(SystemError) {
        try systemCall("ioctl", "TIOCSWINSZ") {
            berth_set_terminal_size(descriptor, UInt16(clamping: size.rows), UInt16(clamping: size.columns))
        }
    }

    /// The settings as they are, to be given back to `apply`.
    public static func settings(_ descriptor: CInt) throws(SystemError) -> TerminalSettings {
        var values = termios()
        try systemCall("tcgetattr", "\(descriptor)") { tcgetattr(descriptor, &values) }
        return TerminalSettings(values: values)
    }

    /// Applies settings after what was written has been sent.
    public static func apply(_ settings: TerminalSettings, to descriptor: CInt) throws(SystemError) {
        var values = settings.values
        try systemCall("tcsetattr", "\(descriptor)") { tcsetattr(descriptor, TCSADRAIN, &values) }
    }
}

public struct TerminalSize: Hashable, Sendable {
    public var rows: Int
    public var columns: Int
    public init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
    }
}

/// What a terminal does with what is typed and written.
public struct TerminalSettings: Sendable {
    var values: termios

    /// Whether what is typed is passed on at once and unseen.
    public var isRaw: Bool { values.c_lflag & tcflag_t(ICANON | ECHO) == 0 }

    /// Every byte as it is typed, nothing echoed, no signals (cfmakeraw(3)).
    public var raw: TerminalSettings {
        var copy = values
        cfmakeraw(&copy)
        return TerminalSettings(values: copy)
    }
}

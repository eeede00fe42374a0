import CLinux
import Glibc

/// Signals by name and number (signal(7)).
public enum Signal {
    /// Names without `SIG`.
    public static let numbers: [String: CInt] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "IOT": 6, "BUS": 7, "FPE": 8, "KILL": 9,
        "USR1": 10, "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "STKFLT": 16, "CHLD": 17, "CLD": 17,
        "CONT": 18, "STOP": 19, "TSTP": 20, "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26,
        "PROF": 27, "WINCH": 28, "IO": 29, "POLL": 29, "PWR": 30, "SYS": 31,
    ]

    /// The number of `SIGTERM`, `term`, `15`, `RTMIN+3` or `SIGRTMAX-1`; nil when there is no such signal.
    public static func number(_ text: String) -> CInt? {
        if let number = CInt(text) { return (1...64).contains(number) ? number : nil }
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        if let number = numbers[name] { return number }
        if name == "RTMIN" { return 34 }
        if name == "RTMAX" { return 64 }
        guard name.count > 6, let offset = CInt(name.dropFirst(6)) else { return nil }
        let number: CInt =
            name.hasPrefix("RTMIN+") ? 34 + abs(offset) : name.hasPrefix("RTMAX-") ? 64 - abs(offset) : 0
        return (34...64).contains(number) ? number : nil
    }
}

/// Signals by name or number, as signal(7) has them on x86 and arm.
public enum SignalName {
    static let numbers: [String: CInt] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "IOT": 6, "BUS": 7, "FPE": 8, "KILL": 9,
        "USR1": 10, "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "STKFLT": 16, "CHLD": 17, "CLD": 17,
        "CONT": 18, "STOP": 19, "TSTP": 20, "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26,
        "PROF": 27, "WINCH": 28, "IO": 29, "POLL": 29, "PWR": 30, "SYS": 31, "RTMIN": 34, "RTMAX": 64,
    ]

    /// Checks what a user wrote (`SIGTERM`, `term`, `15`, `RTMIN+3`) and gives it back as the daemon takes it.
    public static func parse(_ text: String) throws(InvalidInput) -> String {
        if let number = Int(text) {
            guard (1...64).contains(number) else { throw InvalidInput("invalid signal: \(text)") }
            return text
        }
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        guard numbers[name] != nil || isRealTime(name) else { throw InvalidInput("invalid signal: \(text)") }
        return "SIG" + name
    }

    private static func isRealTime(_ name: String) -> Bool {
        for (base, sign) in [("RTMIN", "+"), ("RTMAX", "-")] where name.hasPrefix(base + sign) {
            return Int(name.dropFirst(base.count + 1)).map { (0...30).contains($0) } ?? false
        }
        return false
    }
}

import LinuxSystem

/// Signals by name or number.
public enum SignalName {
    /// Checks what a user wrote (`SIGTERM`, `term`, `15`, `RTMIN+3`) and gives it back as the daemon takes it.
    public static func parse(_ text: String) throws(InvalidInput) -> String {
        guard Signal.number(text) != nil else { throw InvalidInput("invalid signal: \(text)") }
        guard Int(text) == nil else { return text }
        let name = text.uppercased()
        return name.hasPrefix("SIG") ? name : "SIG" + name
    }
}

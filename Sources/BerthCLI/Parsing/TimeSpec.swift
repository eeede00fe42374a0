import BerthAPI
import LinuxSystem

/// `--since` and `--until`: an RFC 3339 time or the beginning of one, seconds since 1970 with a fraction, or a
/// duration before now (`1h30m`).
public enum TimeSpec {
    /// - Parameter offset: the local time zone's offset at a time in seconds east of UTC, for a time without a zone.
    public static func parse(
        _ text: String, now: Timestamp, offset: (Timestamp) -> Int64 = LocalTime.offset
    ) throws(InvalidInput) -> Timestamp {
        if let nanoseconds = unixTime(text) { return Timestamp(nanoseconds: nanoseconds) }
        if let duration = DurationSpec.nanoseconds(text) { return Timestamp(nanoseconds: now.nanoseconds - duration) }
        guard let parsed = Timestamp(completed(text)) else {
            throw InvalidInput(
                "failed to parse value as time or duration: \"\(text)\""
                    + " (for example 2026-01-31T12:00:00, 42m, 1136073845)"
            )
        }
        if hasZone(text) { return parsed }
        return Timestamp(nanoseconds: parsed.nanoseconds - offset(parsed) * 1_000_000_000)
    }

    private static func unixTime(_ text: String) -> Int64? {
        let (seconds, fraction) = text.splitOnce(".")
        guard !seconds.isEmpty, let whole = Int64(seconds), whole.magnitude < 9_000_000_000 else { return nil }
        guard let fraction else { return whole * 1_000_000_000 }
        guard (1...9).contains(fraction.count), let part = Int64(fraction), part >= 0 else { return nil }
        let nanoseconds = (fraction.count..<9).reduce(part) { value, _ in value * 10 }
        return whole * 1_000_000_000 + nanoseconds
    }

    /// `2026-01-31T12` has no minutes; the parser of timestamps wants them.
    private static func completed(_ text: String) -> String { text.utf8.count == 13 ? text + ":00" : text }

    private static func hasZone(_ text: String) -> Bool {
        guard let time = text.firstIndex(where: { $0 == "T" || $0 == "t" || $0 == " " }) else { return false }
        return text[time...].contains { $0 == "Z" || $0 == "z" || $0 == "+" || $0 == "-" }
    }
}

/// Durations as Go writes them: `300ms`, `1h30m`, `2.5s`.
public enum DurationSpec {
    private static let units: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9,
    ]

    /// nil for what is not a duration.
    public static func nanoseconds(_ text: String) -> Int64? {
        var rest = text[...]
        let negative = rest.first == "-"
        if negative || rest.first == "+" { rest = rest.dropFirst() }
        guard !rest.isEmpty else { return nil }
        if rest == "0" { return 0 }
        var sum = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest[number.endIndex...]
            let unit = rest.prefix { !$0.isNumber && $0 != "." }
            rest = rest[unit.endIndex...]
            guard let value = Double(number), let factor = units[String(unit)] else { return nil }
            sum += value * factor
        }
        guard sum < 9.2e18 else { return nil }
        return Int64(negative ? -sum : sum)
    }
}

import BerthAPI
import LinuxSystem

/// Times for people.
public enum HumanTime {
    /// `2 minutes ago`.
    public static func ago(_ time: Timestamp, now: Timestamp) -> String {
        duration(now.nanoseconds - time.nanoseconds) + " ago"
    }

    /// How long, in one unit: `About a minute`, `3 weeks`.
    public static func duration(_ nanoseconds: Int64) -> String {
        let seconds = max(0, nanoseconds) / 1_000_000_000
        let minutes = seconds / 60
        // Hours are rounded, everything above follows from them.
        let hours = (seconds + 1800) / 3600
        switch (seconds, minutes, hours) {
        case (0, _, _): return "Less than a second"
        case (1, _, _): return "1 second"
        case (..<60, _, _): return "\(seconds) seconds"
        case (_, 1, _): return "About a minute"
        case (_, ..<60, _): return "\(minutes) minutes"
        case (_, _, 1): return "About an hour"
        case (_, _, ..<48): return "\(hours) hours"
        case (_, _, ..<(24 * 14)): return "\(hours / 24) days"
        case (_, _, ..<(24 * 60)): return "\(hours / 24 / 7) weeks"
        case (_, _, ..<(24 * 365 * 2)): return "\(hours / 24 / 30) months"
        default: return "\(seconds / 3600 / 24 / 365) years"
        }
    }
}

/// Times of the local time zone.
public enum LocalTime {
    /// Seconds east of UTC at a time.
    public static func offset(at time: Timestamp) -> Int64 {
        ZoneOffset.local(at: seconds(time)).seconds
    }

    /// `2026-01-31 12:00:00 +0100 CET`.
    static func format(_ time: Timestamp) -> String {
        let zone = ZoneOffset.local(at: seconds(time))
        let text = shifted(time, by: zone.seconds).description
        let (date, rest) = text.splitOnce("T")
        return "\(date) \((rest ?? "").prefix(8)) \(offsetText(zone.seconds, colon: "")) \(zone.name)"
    }

    /// RFC 3339 with nanoseconds and the local zone's offset, as `events` shows times.
    static func rfc3339(_ time: Timestamp) -> String {
        let zone = ZoneOffset.local(at: seconds(time))
        let text = shifted(time, by: zone.seconds).description
        return text.dropLast() + (zone.seconds == 0 ? "Z" : offsetText(zone.seconds, colon: ":"))
    }

    private static func seconds(_ time: Timestamp) -> Int64 {
        time.nanoseconds >= 0 ? time.nanoseconds / 1_000_000_000 : (time.nanoseconds - 999_999_999) / 1_000_000_000
    }

    private static func shifted(_ time: Timestamp, by seconds: Int64) -> Timestamp {
        Timestamp(nanoseconds: time.nanoseconds + seconds * 1_000_000_000)
    }

    private static func offsetText(_ seconds: Int64, colon: String) -> String {
        func pad(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let minutes = abs(seconds) / 60
        return (seconds < 0 ? "-" : "+") + pad(minutes / 60) + colon + pad(minutes % 60)
    }
}

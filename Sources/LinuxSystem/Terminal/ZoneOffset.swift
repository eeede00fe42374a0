import Glibc

/// The local time zone, from `TZ` or /etc/localtime (tzset(3)).
public enum ZoneOffset {
    /// Seconds east of UTC, and the zone's abbreviation, at a time in seconds since 1970.
    public static func local(at seconds: Int64) -> (seconds: Int64, name: String) {
        var time = time_t(seconds)
        var parts = tm()
        guard localtime_r(&time, &parts) != nil else { return (0, "UTC") }
        return (Int64(parts.tm_gmtoff), parts.tm_zone.map { String(cString: $0) } ?? "UTC")
    }
}

import Glibc

/// Points in time as text.
public enum WallClock {
    /// RFC 3339 in UTC with nine decimals: `2026-11-23T10:00:00.000000000Z`.
    ///
    /// - Parameter nanoseconds: since 1970.
    public static func rfc3339(nanoseconds: Int64) -> String {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var fields = tm()
        gmtime_r(&seconds, &fields)
        func pad(_ value: some BinaryInteger, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let date = "\(pad(fields.tm_year + 1900, 4))-\(pad(fields.tm_mon + 1, 2))-\(pad(fields.tm_mday, 2))"
        let time = "\(pad(fields.tm_hour, 2)):\(pad(fields.tm_min, 2)):\(pad(fields.tm_sec, 2))"
        return "\(date)T\(time).\(pad(nanoseconds % 1_000_000_000, 9))Z"
    }
}

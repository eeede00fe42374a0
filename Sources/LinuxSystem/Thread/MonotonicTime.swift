import Glibc

/// A point of the system's monotonic clock (clock_gettime(2), CLOCK_MONOTONIC): unaffected by changes of the date.
public struct MonotonicTime: Comparable, Hashable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static var now: MonotonicTime {
        var time = timespec()
        _ = clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// A point that is never reached.
    public static let never = MonotonicTime(nanoseconds: .max)

    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

    public static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
        let (sum, overflow) = time.nanoseconds.addingReportingOverflow(duration.saturatedNanoseconds)
        return overflow ? .never : MonotonicTime(nanoseconds: sum)
    }

    public static func - (left: MonotonicTime, right: MonotonicTime) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }
}

extension Duration {
    /// The duration in nanoseconds, at most `Int64.max` (292 years) and at least its negative.
    public var saturatedNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds.magnitude < 9_000_000_000 else { return seconds < 0 ? -.max : .max }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    public var microseconds: Int64 { saturatedNanoseconds / 1000 }

    /// The duration in whole milliseconds, rounded up, so that a wait never ends early.
    public var millisecondsRoundedUp: Int64 {
        let nanoseconds = saturatedNanoseconds
        return nanoseconds <= 0 ? 0 : (nanoseconds - 1) / 1_000_000 + 1
    }
}

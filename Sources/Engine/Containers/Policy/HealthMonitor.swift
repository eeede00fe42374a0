import BerthAPI

/// When the next probe of a container is due, and what the last one's result means: docker's rules. It knows neither a
/// clock nor a container.
struct HealthMonitor: Sendable {
    /// docker's figures, nanoseconds.
    private static let defaultInterval: Int64 = 30_000_000_000
    private static let defaultTimeout: Int64 = 30_000_000_000
    private static let defaultStartInterval: Int64 = 5_000_000_000
    private static let defaultRetries = 3
    private static let keptResults = 5

    let check: HealthCheck
    let startedAt: Timestamp
    private(set) var state: HealthState

    var timeout: Duration { .nanoseconds(Self.positive(check.timeout) ?? Self.defaultTimeout) }

    /// Between two looks at a container that is paused.
    var pause: Duration { .nanoseconds(Self.positive(check.interval) ?? Self.defaultInterval) }

    /// How long until the next probe: it comes an interval after the last one's end, or after the start. Never longer
    /// than the interval, also when the clock was set back.
    func delay(at now: Timestamp) -> Duration {
        let last = state.log?.last?.end ?? startedAt
        let interval = interval(at: last)
        return .nanoseconds(max(0, min(interval, interval - (now.nanoseconds - last.nanoseconds))))
    }

    private func interval(at time: Timestamp) -> Int64 {
        if state.status == .starting, isStarting(at: time) {
            return Self.positive(check.startInterval) ?? Self.defaultStartInterval
        }
        return Self.positive(check.interval) ?? Self.defaultInterval
    }

    private func isStarting(at time: Timestamp) -> Bool {
        time.nanoseconds - startedAt.nanoseconds < check.startPeriod ?? 0
    }

    /// - Returns: whether the status has changed.
    mutating func add(_ result: HealthResult) -> Bool {
        let before = state.status
        state.log = Array(((state.log ?? []) + [result]).suffix(Self.keptResults))
        if result.exitCode == 0 {
            state.failingStreak = 0
            state.status = .healthy
        } else if state.status != .starting || !isStarting(at: result.start) {
            state.failingStreak += 1
            if state.failingStreak >= Self.positive(check.retries) ?? Self.defaultRetries { state.status = .unhealthy }
        }
        return state.status != before
    }

    /// docker takes 0 for "not said".
    private static func positive<Number: BinaryInteger>(_ value: Number?) -> Number? {
        value.flatMap { $0 > 0 ? $0 : nil }
    }
}

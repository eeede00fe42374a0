/// When a plugin that ended is started again: at once the first time, then with exponential backoff and jitter; after
/// too many crashes in a row the breaker opens and one attempt is made from time to time. Never for good.
struct RestartPolicy: Sendable {
    private static let firstDelay = Duration.milliseconds(100)
    private static let longestDelay = Duration.seconds(30)
    /// A process that ran for so long is a fresh start.
    private static let healthyAfter = Duration.seconds(60)
    private static let crashesToOpen = 5

    private(set) var crashes = 0

    var isOpen: Bool { crashes >= Self.crashesToOpen }

    /// - Parameter ran: How long the process that ended had been running.
    /// - Returns: How long to wait before the next attempt.
    mutating func ended(after ran: Duration) -> Duration {
        if ran >= Self.healthyAfter { crashes = 0 }
        crashes += 1
        if crashes == 1 { return .zero }
        let exponential = Self.firstDelay * (1 << min(crashes - 2, 12))
        let delay = min(exponential, Self.longestDelay)
        return delay * Double.random(in: 0.75...1.25)
    }
}

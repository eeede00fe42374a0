/// How long a container waits before its policy starts it again: 100 ms, twice as long each time up to a minute, and
/// from the beginning after a run of ten seconds. docker's figures.
struct RestartBackoff: Sendable {
    private static let first = Duration.milliseconds(100)
    private static let longest = Duration.seconds(60)
    private static let goodRun = Duration.seconds(10)

    private var last = Duration.zero

    /// - Parameter ran: how long the run that has ended was; zero for a start that failed.
    mutating func delay(afterRunOf ran: Duration) -> Duration {
        last = last == .zero || ran >= Self.goodRun ? Self.first : min(last * 2, Self.longest)
        return last
    }
}

import BerthAPI
import Testing

@testable import Engine

/// Time is what the test says it is.
@Suite struct HealthMonitorTests {
    private static let second: Int64 = 1_000_000_000

    private static func at(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: (1000 + seconds) * second) }

    private static func monitor(_ change: (inout HealthCheck) -> Void = { _ in }) -> HealthMonitor {
        var check = HealthCheck(test: ["CMD", "true"])
        change(&check)
        return HealthMonitor(check: check, startedAt: at(0), state: HealthState())
    }

    private static func result(_ code: Int, _ start: Int64, took: Int64 = 0) -> HealthResult {
        HealthResult(start: at(start), end: at(start + took), exitCode: code, output: "\(start)")
    }

    @Test func unsaidAndZeroAreTheDefaults() {
        for monitor in [
            Self.monitor(),
            Self.monitor { check in
                (check.interval, check.timeout, check.startPeriod, check.startInterval) = (0, 0, 0, 0)
                check.retries = 0
            },
        ] {
            #expect(monitor.delay(at: Self.at(0)) == .seconds(30))
            #expect(monitor.timeout == .seconds(30))
            var monitor = monitor
            let changes = (1...4).map { monitor.add(Self.result(1, $0 * 30)) }
            #expect(changes == [false, false, true, false])
            #expect(monitor.state.status == .unhealthy)
            #expect(monitor.state.failingStreak == 4)
        }
    }

    @Test func theNextProbeComesAnIntervalAfterTheLastOnesEnd() {
        var monitor = Self.monitor { $0.interval = 10 * Self.second }
        #expect(monitor.delay(at: Self.at(4)) == .seconds(6))
        _ = monitor.add(Self.result(0, 10, took: 7))
        #expect(monitor.delay(at: Self.at(17)) == .seconds(10))
    }

    @Test func failuresOfTheStartPeriodDoNotCount() {
        var monitor = Self.monitor { check in
            check.startPeriod = 20 * Self.second
            check.startInterval = 2 * Self.second
            check.interval = 30 * Self.second
            check.retries = 1
        }
        #expect(monitor.delay(at: Self.at(0)) == .seconds(2))
        for start in [Int64(2), 10, 19] {
            let changed = monitor.add(Self.result(1, start))
            #expect(!changed)
            #expect(monitor.state.status == .starting && monitor.state.failingStreak == 0)
        }
        #expect(monitor.delay(at: Self.at(19)) == .seconds(2))
        _ = monitor.add(Self.result(1, 21))
        #expect(monitor.state.status == .unhealthy)
        #expect(monitor.delay(at: Self.at(21)) == .seconds(30))
    }

    /// docker's: the first success ends the start period.
    @Test func aSuccessEndsTheStartPeriod() {
        var monitor = Self.monitor { check in
            check.startPeriod = 100 * Self.second
            check.startInterval = Self.second
            check.interval = 10 * Self.second
            check.retries = 2
        }
        _ = monitor.add(Self.result(0, 1))
        #expect(monitor.delay(at: Self.at(1)) == .seconds(10))
        let changes = [monitor.add(Self.result(1, 11)), monitor.add(Self.result(1, 21))]
        #expect(changes == [false, true])
        #expect(monitor.state.status == .unhealthy)
    }

    @Test func oneSuccessHeals() {
        var monitor = Self.monitor { $0.retries = 1 }
        let changes = [monitor.add(Self.result(-1, 30)), monitor.add(Self.result(0, 60))]
        #expect(changes == [true, true])
        #expect(monitor.state.status == .healthy && monitor.state.failingStreak == 0)
    }

    @Test func theLastFiveAreKept() {
        var monitor = Self.monitor()
        for start in 1...9 { _ = monitor.add(Self.result(0, Int64(start))) }
        #expect(monitor.state.log?.map(\.output) == ["5", "6", "7", "8", "9"])
    }

    /// A daemon that was away goes on from what is recorded; what is overdue is due.
    @Test func goesOnFromARecord() {
        var monitor = Self.monitor { $0.retries = 3 }
        _ = monitor.add(Self.result(1, 30))
        _ = monitor.add(Self.result(1, 60))
        var next = HealthMonitor(check: monitor.check, startedAt: Self.at(0), state: monitor.state)
        #expect(next.delay(at: Self.at(70)) == .seconds(20))
        #expect(next.delay(at: Self.at(5000)) == .zero)
        _ = next.add(Self.result(1, 5000))
        #expect(next.state.status == .unhealthy)
    }

    @Test func theClockIsSet() {
        let monitor = Self.monitor { $0.interval = 10 * Self.second }
        #expect(monitor.delay(at: Self.at(-1000)) == .seconds(10))
        #expect(monitor.delay(at: Self.at(1_000_000)) == .zero)
        let never = Self.monitor { $0.interval = .max }
        #expect(never.delay(at: Self.at(0)) == .nanoseconds(Int64.max))
    }
}

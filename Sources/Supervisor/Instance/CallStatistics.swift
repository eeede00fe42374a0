import BerthAPI
import LinuxSystem
import Synchronization

/// Counters of one plugin's calls, and how long they took: a histogram whose buckets grow by a quarter of a power of two,
/// so that a percentile is right to some 20 per cent.
final class CallStatistics: Sendable {
    private static let buckets = 128

    private struct State {
        var calls: Int64 = 0
        var failures: Int64 = 0
        var histogram = [Int64](repeating: 0, count: CallStatistics.buckets)
    }

    private let state = Mutex(State())

    var values: (calls: Int64, failures: Int64) { state.withLock { ($0.calls, $0.failures) } }

    func count(_ duration: Duration, failed: Bool) {
        let bucket = Self.bucket(UInt64(max(0, duration.microseconds)))
        state.withLock { state in
            state.calls += 1
            if failed { state.failures += 1 }
            state.histogram[bucket] += 1
        }
    }

    /// Microseconds below which so many per cent of the calls were answered; nil without calls.
    func percentile(_ percent: Double) -> Int64? {
        state.withLock { state in
            guard state.calls > 0 else { return nil }
            var rest = Int64((Double(state.calls) * percent / 100).rounded(.up))
            for (bucket, count) in state.histogram.enumerated() {
                rest -= count
                if rest <= 0 { return Self.upperBound(bucket) }
            }
            return nil
        }
    }

    /// Four buckets to each power of two.
    private static func bucket(_ value: UInt64) -> Int {
        guard value >= 4 else { return Int(value) }
        let power = 63 - value.leadingZeroBitCount
        return min(buckets - 1, (power - 1) * 4 + Int((value >> UInt64(power - 2)) & 3))
    }

    private static func upperBound(_ bucket: Int) -> Int64 {
        guard bucket >= 4 else { return Int64(bucket) }
        let power = bucket / 4 + 1
        return Int64(5 + bucket % 4) << Int64(power - 2)
    }
}

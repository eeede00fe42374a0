import Synchronization

/// Counters of one plugin's calls.
final class CallStatistics: Sendable {
    private let calls = Atomic<Int64>(0)
    private let failures = Atomic<Int64>(0)

    var values: (calls: Int64, failures: Int64) {
        (calls.load(ordering: .relaxed), failures.load(ordering: .relaxed))
    }

    func count(failed: Bool) {
        calls.add(1, ordering: .relaxed)
        if failed { failures.add(1, ordering: .relaxed) }
    }
}

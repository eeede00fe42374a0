import BerthAPI

/// How one check went.
public struct CheckResult: Sendable {
    public enum Outcome: Hashable, Sendable {
        case passed
        /// It does not apply, with the reason.
        case skipped(String)
        /// What was seen instead.
        case failed(Failure)
    }

    public struct Failure: Hashable, Sendable {
        public var reason: String
        /// The last request and its answer, cut to what fits a report.
        public var request: String?
        public var answer: String?
        /// The end of what the plugin wrote to stderr.
        public var log: String?
    }

    public let check: ConformanceCheck
    public let outcome: Outcome
    public let duration: Duration

    public var failure: Failure? { if case .failed(let failure) = outcome { failure } else { nil } }
    public var skipReason: String? { if case .skipped(let reason) = outcome { reason } else { nil } }
}

/// How all checks of a plugin went.
public struct ConformanceReport: Sendable, CustomStringConvertible {
    public var plugin: String
    public var executable: String
    public var results: [CheckResult] = []

    public var failures: [CheckResult] { results.filter { $0.failure != nil } }
    public var skipped: [CheckResult] { results.filter { $0.skipReason != nil } }
    public var passed: Int { results.count - failures.count - skipped.count }
    public var conforms: Bool { failures.isEmpty }

    /// A line for each check that failed, with what was seen, and the count.
    public var description: String {
        let lines = failures.map { result in
            let failure = result.failure!
            return "FAIL \(result.check.kind): \(result.check.name)\n  claim: \(result.check.claim)\n"
                + "  seen: \(failure.reason)\n  request: \(failure.request ?? "-")\n  answer: \(failure.answer ?? "-")"
        }
        return (lines + ["\(plugin): \(passed) passed, \(failures.count) failed, \(skipped.count) skipped"])
            .joined(separator: "\n")
    }
}

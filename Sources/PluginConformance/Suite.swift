import BerthAPI

/// One thing that every plugin of a kind has to do.
public struct Check<Subject>: Sendable {
    /// Short and stable, for reports and for choosing: `commit consumes the key`.
    public let name: String
    /// What conforming means, as a sentence.
    public let claim: String
    /// Nil where the check applies to every plugin; otherwise the optional capability that it is about.
    public let capability: String?
    let body: @Sendable (Subject) throws -> Void

    public init(
        _ name: String, _ claim: String, capability: String? = nil, _ body: @escaping @Sendable (Subject) throws -> Void
    ) {
        self.name = name
        self.claim = claim
        self.capability = capability
        self.body = body
    }
}

/// The checks of one kind of plugin. Each gets a subject of its own and leaves nothing in the plugin.
public protocol ConformanceSuite: Sendable {
    /// What a check works on: a connection, and what belongs to this check alone.
    associatedtype Subject
    var kind: PluginKind { get }
    var checks: [Check<Subject>] { get }
    /// Capabilities that the plugin named in its handshake.
    var capabilities: Set<String> { get }
    func makeSubject() throws -> Subject
    /// Removes what a check made, whether it passed or not.
    func discard(_ subject: Subject) throws
}

/// How one check went.
public struct CheckResult: Sendable {
    public enum Outcome: Hashable, Sendable {
        case passed
        /// The plugin does not have the optional capability.
        case skipped
        /// What was seen instead.
        case failed(String)
    }
    public let name: String
    public let claim: String
    public let outcome: Outcome
}

/// How all checks of a kind went.
public struct ConformanceReport: Sendable, CustomStringConvertible {
    public let kind: PluginKind
    public let results: [CheckResult]

    public var failures: [CheckResult] {
        results.filter { if case .failed = $0.outcome { true } else { false } }
    }
    public var conforms: Bool { failures.isEmpty }

    /// A line for each check, and what a failed one claims and saw.
    public var description: String {
        let lines = results.map { result in
            switch result.outcome {
            case .passed: "pass  \(result.name)"
            case .skipped: "skip  \(result.name)"
            case .failed(let reason): "FAIL  \(result.name)\n      claim: \(result.claim)\n      seen:  \(reason)"
            }
        }
        return (lines + ["\(kind): \(results.count - failures.count) of \(results.count) checks passed"])
            .joined(separator: "\n")
    }
}

extension ConformanceSuite {
    /// Runs every check, one after another.
    public func run() -> ConformanceReport {
        ConformanceReport(kind: kind, results: checks.map { run($0) })
    }

    public func run(_ check: Check<Subject>) -> CheckResult {
        CheckResult(name: check.name, claim: check.claim, outcome: outcome(check))
    }

    private func outcome(_ check: Check<Subject>) -> CheckResult.Outcome {
        if let capability = check.capability, !capabilities.contains(capability) { return .skipped }
        do {
            let subject = try makeSubject()
            do {
                try check.body(subject)
            } catch {
                // Its own failure is the one to tell.
                try? discard(subject)
                throw error
            }
            try discard(subject)
            return .passed
        } catch {
            return .failed("\(error)")
        }
    }
}

/// What a check saw instead of what it claims.
public struct Violation: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// Throws a `Violation` when a condition does not hold.
func require(_ condition: Bool, _ seen: @autoclosure () -> String) throws {
    if !condition { throw Violation(seen()) }
}

/// Throws a `Violation` unless `body` throws an error of one of these kinds.
func requireError(_ kinds: ErrorKind..., in what: String, _ body: () throws -> Void) throws {
    let expected = kinds.map(\.rawValue).joined(separator: " or ")
    do {
        try body()
    } catch let error as BerthError {
        return try require(kinds.contains(error.kind), "\(what) failed with \(error.kind) (\(error)), not \(expected)")
    }
    throw Violation("\(what) succeeded, instead of failing with \(expected)")
}

import BerthAPI

/// One thing that every plugin of a kind has to do, as a row of its kind's table.
struct Check<Subject>: Sendable {
    /// Short and stable, for reports and for choosing: `commit consumes the key`.
    let name: String
    /// What conforming means, as a sentence.
    let claim: String
    /// Nil where the check applies to every plugin; otherwise the optional capability that it is about.
    let capability: String?
    let body: @Sendable (Subject) throws -> Void

    init(
        _ name: String, _ claim: String, capability: String? = nil, _ body: @escaping @Sendable (Subject) throws -> Void
    ) {
        self.name = name
        self.claim = claim
        self.capability = capability
        self.body = body
    }
}

/// What a check saw instead of what it claims.
public struct Violation: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// Why a check does not apply.
struct Skip: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// Throws a `Violation` when a condition does not hold.
func require(_ condition: Bool, _ seen: @autoclosure () throws -> String) throws {
    if !condition { throw Violation(try seen()) }
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

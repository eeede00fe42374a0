/// A value that a user wrote and that cannot be meant: one sentence, docker's where docker has one.
public struct InvalidInput: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

extension InvalidInput {
    /// As the flag parser words it: `invalid argument "x" for "-p, --publish" flag: …`.
    static func argument(_ value: String, of flag: String, _ reason: String) -> InvalidInput {
        InvalidInput("invalid argument \"\(value)\" for \"\(flag)\" flag: \(reason)")
    }
}

/// Runs a parser over every value of a repeatable flag and says in an error which value of which flag it was.
func parseAll<T>(_ values: [String], of flag: String, _ parse: (String) throws -> T) throws -> [T] {
    try values.map { value in
        do {
            return try parse(value)
        } catch let error as InvalidInput {
            throw InvalidInput.argument(value, of: flag, error.description)
        }
    }
}

/// Runs a parser over the value of a flag, if it was given.
func parseOne<T>(_ value: String?, of flag: String, _ parse: (String) throws -> T) throws -> T? {
    try parseAll(value.map { [$0] } ?? [], of: flag, parse).first
}

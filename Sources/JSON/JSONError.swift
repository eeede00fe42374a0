/// Why a JSON text was refused or does not fit the Swift type asked for. `description` is a sentence for people.
///
/// A path reads like `mounts[3].source`; it is empty for the top value.
public struct JSONError: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The text is not JSON. Line and column count from 1, the offset is in bytes from the start.
        case syntax(line: Int, column: Int, offset: Int, text: String)
        /// More arrays and objects are open at once than allowed.
        case tooDeep(maximum: Int)
        /// A value has another type than the one asked for, both with their article: `an integer`, `a string`.
        case mismatch(path: String, expected: String, found: String)
        /// The object at `path` lacks `key`.
        case missing(path: String, key: String)
        /// The type fits, the value does not.
        case invalidValue(path: String, reason: String)
    }

    public let kind: Kind

    public init(_ kind: Kind) {
        self.kind = kind
    }

    static func syntax(line: Int, column: Int, offset: Int, text: String) -> Self {
        Self(.syntax(line: line, column: column, offset: offset, text: text))
    }

    static func tooDeep(maximum: Int) -> Self {
        Self(.tooDeep(maximum: maximum))
    }

    static func mismatch(_ path: Path, expected: String, found: String) -> Self {
        Self(.mismatch(path: path.description, expected: expected, found: found))
    }

    static func missing(_ path: Path, key: String) -> Self {
        Self(.missing(path: path.description, key: key))
    }

    static func invalidValue(_ path: Path, _ reason: String) -> Self {
        Self(.invalidValue(path: path.description, reason: reason))
    }
}

extension JSONError: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .syntax(let line, let column, _, let text): "line \(line), column \(column): \(text)"
        case .tooDeep(let maximum): "more than \(maximum) arrays and objects are nested"
        case .mismatch(let path, let expected, let found): Self.at(path, "expected \(expected), found \(found)")
        case .missing(let path, let key): Self.at(path, "the member \"\(key)\" is missing")
        case .invalidValue(let path, let reason): Self.at(path, reason)
        }
    }

    private static func at(_ path: String, _ sentence: String) -> String {
        path.isEmpty ? sentence : "\(path): \(sentence)"
    }
}

/// `-e`, `--env-file`, `-l`, `--label-file`.
public enum EnvironmentSpec {
    /// A line longer than this is refused.
    private static let maximumLine = 64 << 10

    /// `NAME=value` as it is; `NAME` alone takes the value from `lookup`, or is left out when there is none.
    public static func parse(_ text: String, _ lookup: (String) -> String?) throws(InvalidInput) -> String? {
        let (name, value) = text.splitOnce("=")
        guard !name.isEmpty else { throw InvalidInput("invalid environment variable: \(text)") }
        if value != nil { return text }
        return lookup(name).map { "\(name)=\($0)" }
    }

    /// The variables of a file: one a line, `#` begins a comment line, no quotes, no expansion.
    public static func parseFile(
        _ bytes: [UInt8], name: String, _ lookup: (String) -> String?
    ) throws(InvalidInput) -> [String] {
        var variables: [String] = []
        for line in try lines(bytes, name: name) {
            let (key, value) = line.splitOnce("=")
            let trimmed = key.trimmedStart()
            guard !trimmed.isEmpty else { throw InvalidInput("no variable name on line '\(line)'") }
            guard !trimmed.contains(where: \.isWhitespace) else {
                throw InvalidInput("poorly formatted environment: variable '\(trimmed)' contains whitespaces")
            }
            if let value {
                variables.append("\(trimmed)=\(value)")
            } else if let value = lookup(trimmed) {
                variables.append("\(trimmed)=\(value)")
            }
        }
        return variables
    }

    /// `key=value`, or `key` for an empty value.
    public static func parseLabel(_ text: String) throws(InvalidInput) -> (String, String) {
        let (key, value) = text.splitOnce("=")
        guard !key.isEmpty else { throw InvalidInput("invalid label format: \"\(text)\" has no name") }
        return (key, value ?? "")
    }

    /// The values of a repeatable flag; the last of a key wins.
    static func parseLabels(_ values: [String], of flag: String) throws -> [String: String] {
        let pairs = try parseAll(values, of: flag) { text throws in try parseLabel(text) }
        return Dictionary(pairs) { $1 }
    }

    /// Lines without comments and empty ones; leading white space is dropped.
    static func lines(_ bytes: [UInt8], name: String) throws(InvalidInput) -> [String] {
        var content = bytes[...]
        if content.starts(with: [0xef, 0xbb, 0xbf]) { content = content.dropFirst(3) }
        var lines: [String] = []
        for (index, raw) in content.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated() {
            guard raw.count <= maximumLine else { throw InvalidInput("\(name): line \(index + 1) is too long") }
            guard let text = String(validating: raw.last == 0x0d ? raw.dropLast() : raw, as: UTF8.self) else {
                throw InvalidInput("\(name): invalid utf8 bytes at line \(index + 1)")
            }
            let line = text.trimmedStart()
            if !line.isEmpty, !line.hasPrefix("#") { lines.append(line) }
        }
        return lines
    }
}

extension String {
    fileprivate func trimmedStart() -> String { String(drop(while: \.isWhitespace)) }
}

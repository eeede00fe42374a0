/// A command line that cannot be parsed, in docker's words.
struct UsageError {
    /// The status of a command line with an unknown or incomplete flag.
    static let status: CInt = 125

    let text: String
    let status: CInt

    /// - Parameter message: the parser's.
    init(_ message: String, _ path: CommandPath) {
        let first = message.split(separator: "\n").first.map(String.init) ?? message
        let quoted = Self.quoted(first)
        switch first {
        case _ where first.hasPrefix("Unknown option"):
            self.init(Self.unknownFlag(quoted), path, Self.status)
        case _ where first.hasPrefix("Missing value for"):
            let flag = quoted.split(separator: " ").first.map(String.init) ?? quoted
            self.init("flag needs an argument: \(flag)", path, Self.status)
        case _ where first.hasPrefix("The value '"):
            self.init(Self.invalidValue(first), path, Self.status)
        case _ where first.hasPrefix("Missing expected argument"):
            let needed = quoted.hasSuffix("...") ? "at least 1 argument" : "another argument: \(quoted)"
            self.init("'\(path.name)' requires \(needed).", path, Self.argumentStatus(path))
        case _ where first.hasSuffix("unexpected arguments") || first.contains("nexpected argument"):
            self.init("'\(path.name)' got too many arguments: \(first)", path, 1)
        default:
            self.init(first.prefix(1).lowercased() + first.dropFirst(), path, Self.status)
        }
    }

    private init(_ sentence: String, _ path: CommandPath, _ status: CInt) {
        text = "\(sentence)\nSee '\(path.name) --help'."
        self.status = status
    }

    static func unknownFlag(_ flag: String) -> String {
        if flag.hasPrefix("--") { return "unknown flag: \(flag.prefix { $0 != "=" })" }
        return "unknown shorthand flag: '\(flag.dropFirst().prefix(1))' in \(flag)"
    }

    /// - Parameter message: `The value 'x' is invalid for '-t <time>'`, and for a choice `. Please provide one of …`.
    private static func invalidValue(_ message: String) -> String {
        let parts = message.split(separator: "'", maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5 else { return message }
        let choice = ". Please provide "
        // The other flags that the parser reads itself are numbers.
        let reason = parts[4].hasPrefix(choice) ? parts[4].dropFirst(choice.count) : "not a number in its range"
        let flag = parts[3].prefix { $0 != " " }
        return InvalidInput.argument(String(parts[1]), of: String(flag), String(reason)).description
    }

    private static func argumentStatus(_ path: CommandPath) -> CInt {
        (path.command as? any BerthCommand.Type)?.failureStatus ?? 1
    }

    /// What stands between the first quotes.
    private static func quoted(_ text: String) -> String {
        let parts = text.split(separator: "'", omittingEmptySubsequences: false)
        return parts.count > 1 ? String(parts[1]) : text
    }
}

import ArgumentParser

/// The flags that every list has.
struct ListOptions: ParsableArguments {
    @Option(
        name: [.customShort("f", allowingJoined: true), .customLong("filter")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Filter output based on conditions provided", valueName: "key=value"))
    var filters: [String] = []
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Format output: 'table', 'table TEMPLATE', 'json' or a Go template", valueName: "format"))
    var format: String?
    @Flag(name: .customLong("no-trunc"), help: "Don't truncate output")
    var noTrunc = false
    @Flag(name: .shortAndLong, help: "Only display IDs or names")
    var quiet = false

    func style(_ context: CommandContext) -> ListStyle {
        ListStyle(format: format, quiet: quiet, noTrunc: noTrunc, now: context.now)
    }

    func filterValues() throws -> [String: [String]]? { try FilterSpec.parse(filters) }
}

/// `--format` of commands that show one thing.
struct FormatOption: ParsableArguments {
    @Option(
        name: [.customShort("f", allowingJoined: true), .customLong("format")], parsing: .unconditional,
        help: ArgumentHelp("Format output: 'json' or a Go template", valueName: "format"))
    var format: String?
}

/// Identifiers for people.
enum ShortID {
    /// 12 digits, without the algorithm of a digest.
    static func text(_ id: String, noTrunc: Bool = false) -> String {
        if noTrunc { return id }
        return String((id.splitOnce(":").1 ?? id).prefix(12))
    }

    /// At most `count` characters, the last one an ellipsis where something is missing.
    static func ellipsis(_ text: String, _ count: Int) -> String {
        text.count <= count ? text : text.prefix(count - 1) + "…"
    }
}

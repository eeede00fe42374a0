import ArgumentParser
import BerthAPI

struct ContainerLogsCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Fetch the logs of a container", usage: "berth logs [OPTIONS] CONTAINER")
    static let syntax = FlagSyntax(values: "n")

    @Flag(name: .shortAndLong, help: "Follow log output")
    var follow = false
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Show logs since timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)",
            valueName: "time"))
    var since: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Show logs before a timestamp (e.g. \"2013-01-02T13:23:37Z\") or relative (e.g. \"42m\" for 42 minutes)",
            valueName: "time"))
    var until: String?
    @Option(
        name: [.customShort("n", allowingJoined: true), .customLong("tail")], parsing: .unconditional,
        help: ArgumentHelp("Number of lines to show from the end of the logs (all unless said)", valueName: "number"))
    var tail: String?
    @Flag(name: .shortAndLong, help: "Show timestamps")
    var timestamps = false
    @Argument(help: "Name or ID")
    var container: String

    func execute(_ context: CommandContext) throws {
        var request = ContainerLogs(id: container)
        request.follow = follow ? true : nil
        request.tail = try parseOne(tail, of: "-n, --tail", Self.lineCount) ?? nil
        request.since = try parseOne(since, of: "--since") { text throws in try TimeSpec.parse(text, now: context.now) }
        request.until = try parseOne(until, of: "--until") { text throws in try TimeSpec.parse(text, now: context.now) }
        try LogFollower(context: context, timestamps: timestamps, request: request).run()
    }

    /// nil for `all` and negative numbers.
    private static func lineCount(_ text: String) throws(InvalidInput) -> Int? {
        if text == "all" { return nil }
        guard let number = Int(text) else { throw InvalidInput("a number of lines or \"all\"") }
        return number < 0 ? nil : number
    }
}

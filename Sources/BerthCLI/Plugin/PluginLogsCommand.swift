import ArgumentParser
import BerthAPI
import BerthClient
import JSONRPC

struct PluginLogsCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show what a plugin's process has written",
        usage: "berth plugin logs [OPTIONS] PLUGIN")
    static let syntax = FlagSyntax(values: "n")

    @Flag(name: .shortAndLong, help: "Follow log output")
    var follow = false
    @Option(
        name: [.customShort("n", allowingJoined: true), .customLong("tail")], parsing: .unconditional,
        help: ArgumentHelp("Number of lines to show from the end of the logs", valueName: "number"))
    var tail: String?
    @Flag(name: .shortAndLong, help: "Show timestamps")
    var timestamps = false
    @Argument(help: "The plugin's name")
    var plugin: String

    func execute(_ context: CommandContext) throws {
        let count = try tail.flatMap { text -> Int? in
            if text == "all" { return nil }
            guard let count = Int(text), count >= 0 else {
                throw InvalidInput.argument(text, of: "-n, --tail", "a number or \"all\" expected")
            }
            return count
        }
        let timestamps = timestamps
        @Sendable func text(_ line: PluginLogLine) -> String {
            timestamps ? "\(LocalTime.rfc3339(line.time)) \(line.text)" : line.text
        }
        let router = Router()
        let output = PrintedLines(context)
        router.notification(PluginOutput.self) { notification, _ in output.print(text(notification.line)) }
        let lines = try context.client(service: router).call(
            PluginLogs(name: plugin, tail: count, follow: follow ? true : nil), timeout: BerthClient.unbounded)
        for line in lines { context.print(text(line)) }
    }
}

/// Writes lines as notifications bring them.
final class PrintedLines: @unchecked Sendable {
    // Sendable because it is only reached on the loop's thread: the program has no other.

    private let context: CommandContext

    init(_ context: CommandContext) { self.context = context }

    func print(_ line: String) { context.print(line) }
}

import ArgumentParser
import BerthAPI
import BerthClient
import JSONRPC
import LinuxSystem

struct ContainerStatsCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Display a live stream of container(s) resource usage statistics",
        usage: "berth stats [OPTIONS] [CONTAINER...]")
    static let syntax = FlagSyntax(values: "")

    /// Between two measurements.
    private static let interval = Duration.seconds(1)
    /// Where the result is one table: enough for a rate.
    private static let shortInterval = Duration.milliseconds(500)

    @Flag(name: .shortAndLong, help: "Show all containers (default shows just running)")
    var all = false
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Format output: 'table', 'table TEMPLATE', 'json' or a Go template", valueName: "format"))
    var format: String?
    @Flag(name: .customLong("no-stream"), help: "Disable streaming stats and only pull the first result")
    var noStream = false
    @Flag(name: .customLong("no-trunc"), help: "Do not truncate output")
    var noTrunc = false
    @Argument(help: ArgumentHelp("Names or IDs; all that run unless said", valueName: "container"))
    var containers: [String] = []

    func execute(_ context: CommandContext) throws {
        let client = try context.client()
        var names = containers
        var before = try client.call(request(names))
        let screen = Screen(context: context, redraws: !noStream && Terminal.isTerminal(context.streams.output))
        repeat {
            client.loop.pause(noStream ? Self.shortInterval : Self.interval)
            guard let now = try measure(&names, client) else { return }
            let rows = now.containers.enumerated().map { index, usage in
                StatsRow(usage, since: before, at: now.measuredAt, asked: index < names.count ? names[index] : nil)
            }
            let style = ListStyle(format: format, noTrunc: noTrunc, now: context.now)
            screen.show(try Listing.render(rows, style))
            before = now
        } while !noStream && context.outputFailure == nil
    }

    /// A container that was removed meanwhile is shown no more.
    ///
    /// - Returns: nil when none of those that were asked for is left.
    private func measure(_ names: inout [String], _ client: BerthClient) throws -> ContainerStats.Result? {
        while true {
            do throws(BerthError) {
                return try client.call(request(names))
            } catch {
                let gone = names.filter { error.object == "container \($0)" }
                guard error.kind == .notFound, !gone.isEmpty else { throw error }
                names.removeAll(where: gone.contains)
                if names.isEmpty { return nil }
            }
        }
    }

    private func request(_ names: [String]) -> ContainerStats {
        ContainerStats(ids: names.nonEmpty, all: all ? true : nil)
    }
}

/// What is shown again and again in the same place, on a terminal; elsewhere one after another.
private struct Screen {
    var context: CommandContext
    var redraws: Bool

    /// Each line is cleared to its end, and what is below the last one (console_codes(4)): nothing flickers.
    func show(_ text: String) {
        guard redraws else { return context.write(text) }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\u{1b}[K\n")
        context.write("\u{1b}[H" + lines + "\u{1b}[J")
    }
}

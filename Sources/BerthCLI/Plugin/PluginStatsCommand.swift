import ArgumentParser
import BerthAPI
import BerthClient
import JSON

struct PluginStatsCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Show calls, latencies and memory of plugins",
        usage: "berth plugin stats [OPTIONS] [PLUGIN...]")

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Format output: 'table', 'table TEMPLATE', 'json' or a Go template", valueName: "format"))
    var format: String?
    @Argument(help: ArgumentHelp("Names; all unless said", valueName: "plugin"))
    var plugins: [String] = []

    func execute(_ context: CommandContext) throws {
        let entries = try context.client().call(PluginStatistics(names: plugins.isEmpty ? nil : plugins))
        let style = ListStyle(format: format, quiet: false, now: context.now)
        context.write(try Listing.render(entries.map(PluginStatsRow.init), style))
    }
}

/// A line of `plugin stats`.
struct PluginStatsRow: Listable {
    var entry: PluginStatistics.Entry

    static var fields: [ListField<PluginStatsRow>] {
        [
            ListField("Name", "NAME") { row, _ in row.entry.name },
            ListField("PID", "PID") { row, _ in row.entry.pid.map(String.init) ?? "-" },
            ListField("Calls", "CALLS") { row, _ in "\(row.entry.calls)" },
            ListField("Failures", "FAILURES") { row, _ in "\(row.entry.failures)" },
            ListField("Active", "ACTIVE") { row, _ in row.entry.active.map(String.init) ?? "-" },
            ListField("P50", "P50") { row, _ in Self.time(row.entry.p50) },
            ListField("P99", "P99") { row, _ in Self.time(row.entry.p99) },
            ListField("MemUsage", "MEM (PSS)") { row, _ in row.entry.memory.map { HumanSize.binary($0) } ?? "-" },
            ListField("CPUTime", "CPU TIME") { row, _ in Self.time(row.entry.processorTime.map { $0 * 1000 }) },
            ListField("Details", "DETAILS") { row, _ in row.entry.details?.description ?? "" },
        ]
    }

    static func columns(_ style: ListStyle) -> [String] {
        ["Name", "PID", "Calls", "Failures", "Active", "P50", "P99", "MemUsage", "CPUTime"]
    }

    func quietValue(_ style: ListStyle) -> String { entry.name }

    static func time(_ microseconds: Int64?) -> String {
        guard let microseconds else { return "-" }
        if microseconds < 1000 { return "\(microseconds)µs" }
        let (value, unit) =
            microseconds < 1_000_000 ? (Double(microseconds) / 1000, "ms") : (Double(microseconds) / 1e6, "s")
        return HumanSize.significant(value, 3) + unit
    }
}

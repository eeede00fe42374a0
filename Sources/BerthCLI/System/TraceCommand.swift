import ArgumentParser
import BerthAPI
import BerthClient
import JSON

/// `berth trace`: what the daemon did for a client, and where the time went.
struct TraceCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "Show the newest operations, or one with every call that it made",
        usage: "berth trace [OPTIONS] [OPERATION]")
    static let syntax = FlagSyntax(values: "")

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Format output: 'table', 'table TEMPLATE', 'json' or a Go template", valueName: "format"))
    var format: String?
    @Argument(help: "The operation's number")
    var operation: String?

    func execute(_ context: CommandContext) throws {
        guard let operation else { return try list(context) }
        guard let id = Int64(operation) else {
            throw InvalidInput("invalid operation \"\(operation)\": a number expected")
        }
        let info = try context.client().call(OperationTrace(id: id))
        if format == "json" { return context.print(try JSON(encoding: info).description) }
        for line in OperationTimeline(info).lines { context.print(line) }
    }

    private func list(_ context: CommandContext) throws {
        let style = ListStyle(format: format, quiet: false, now: context.now)
        context.write(try Listing.render(try context.client().call(OperationList()).map(OperationRow.init), style))
    }
}

/// A line of `trace`.
struct OperationRow: Listable {
    var operation: OperationInfo

    static var fields: [ListField<OperationRow>] {
        [
            ListField("ID", "OPERATION") { row, _ in "\(row.operation.id)" },
            ListField("Method", "METHOD") { row, _ in row.operation.method },
            ListField("Object", "OBJECT") { row, style in
                style.noTrunc ? row.operation.object ?? "" : ShortID.ellipsis(row.operation.object ?? "", 24)
            },
            ListField("Began", "BEGAN") { row, style in
                HumanTime.duration(style.now.nanoseconds - row.operation.beganAt.nanoseconds) + " ago"
            },
            ListField("Duration", "DURATION") { row, _ in PluginStatsRow.time(row.operation.duration) },
            ListField("Error", "ERROR") { row, _ in row.operation.error ?? "" },
        ]
    }

    static func columns(_ style: ListStyle) -> [String] { ["ID", "Method", "Object", "Began", "Duration", "Error"] }

    func quietValue(_ style: ListStyle) -> String { "\(operation.id)" }
}

/// An operation's calls on a common scale.
///
/// ```
/// container.start web: 8.2ms
///      0µs  ━━━━━                                  1.1ms  overlay    snapshotter.mounts
///    120µs   ━━━━━━━━━━━━━━━                       3.0ms  shim       shim.create
/// ```
struct OperationTimeline {
    private static let width = 40

    let operation: OperationInfo

    init(_ operation: OperationInfo) { self.operation = operation }

    var lines: [String] {
        let end = operation.error.map { ": failed: \($0)" } ?? (operation.duration == nil ? ", still running" : "")
        let head = "\(operation.method) \(operation.object ?? ""): \(PluginStatsRow.time(operation.duration))\(end)"
        let spans = operation.spans ?? []
        let total = max(1, operation.duration ?? spans.map { $0.begin + ($0.duration ?? 0) }.max() ?? 1)
        let widest = spans.map(\.target.count).max() ?? 0
        return [head] + spans.map { line($0, total: total, widest: widest) }
    }

    private func line(_ span: OperationSpan, total: Int64, widest: Int) -> String {
        let length = span.duration ?? (total - span.begin)
        let first = min(Self.width - 1, Int(span.begin * Int64(Self.width) / total))
        let count = max(1, min(Self.width - first, Int((length * Int64(Self.width) + total - 1) / total)))
        let bar = String(repeating: " ", count: first) + String(repeating: "━", count: count)
        let target = span.target.padding(widest)
        let failure = span.error.map { "  failed: \($0)" } ?? ""
        return "\(left(PluginStatsRow.time(span.begin), 9))  \(bar.padding(Self.width))  "
            + "\(left(PluginStatsRow.time(span.duration), 8))  \(target)  \(span.method)\(failure)"
    }

    private func left(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension String {
    fileprivate func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

import ArgumentParser
import BerthAPI
import BerthClient
import JSON
import JSONRPC
import LinuxSystem

struct PluginTraceCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace", abstract: "Watch what the daemon and a plugin say to each other",
        usage: "berth plugin trace [OPTIONS] PLUGIN")
    static let syntax = FlagSyntax(values: "m")

    @Option(
        name: [.customShort("m", allowingJoined: true), .customLong("method")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Only these methods and their answers; a * at the end stands for anything", valueName: "method"))
    var methods: [String] = []
    @Flag(help: "Write each message as a line of JSON")
    var json = false
    @Option(
        parsing: .unconditional, help: ArgumentHelp("Also write the session to a file, for replay", valueName: "file"))
    var record: String?
    @Argument(help: "The plugin's name")
    var plugin: String

    func execute(_ context: CommandContext) throws {
        let printer = TrafficPrinter(context, json: json, recording: try record.map { try Recording(writing: $0) })
        let router = Router()
        router.notification(PluginTraffic.self) { traffic, _ in printer.show(traffic) }
        try context.client(service: router).call(
            PluginTrace(name: plugin, methods: methods.isEmpty ? nil : methods), timeout: BerthClient.unbounded)
    }
}

/// Writes each message as a line: when, which way, which method, how long, what.
private final class TrafficPrinter: @unchecked Sendable {
    // Sendable because it is only reached on the loop's thread: the program has no other.

    private let context: CommandContext
    private let json: Bool
    private let recording: Recording?

    init(_ context: CommandContext, json: Bool, recording: Recording?) {
        self.context = context
        self.json = json
        self.recording = recording
    }

    func show(_ traffic: PluginTraffic) {
        do {
            try recording?.add(traffic)
        } catch {
            context.complain("the recording cannot be written: \(error)")
        }
        context.print(json ? ((try? JSON(encoding: traffic).description) ?? "") : text(traffic))
    }

    private func text(_ traffic: PluginTraffic) -> String {
        let time = LocalTime.rfc3339(traffic.time).dropFirst(11).prefix(15)
        let message = traffic.message
        let content = message["params"] ?? message["result"] ?? message["error"] ?? [:]
        let arrow = traffic.sent ? "→" : "←"
        let name = (message["error"] == nil ? "" : "failed ") + (traffic.method ?? "?")
        let elapsed = traffic.elapsed.map { " \(PluginStatsRow.time($0))" } ?? ""
        let descriptors = message["descriptors"].map { " +\($0) descriptors" } ?? ""
        return "\(time) \(arrow) \(name)\(elapsed)\(descriptors) \(content)"
    }
}

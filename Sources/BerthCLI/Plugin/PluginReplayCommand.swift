import ArgumentParser
import BerthAPI
import BerthClient
import JSON
import JSONRPC

struct PluginReplayCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Call a plugin as in a recorded session and compare its answers",
        usage: "berth plugin replay FILE PLUGIN")

    @Argument(help: ArgumentHelp("What plugin trace --record wrote"))
    var file: String
    @Argument(help: "The plugin's name")
    var plugin: String

    func execute(_ context: CommandContext) throws {
        let exchanges: [Recording.Exchange]
        do {
            exchanges = try Recording.exchanges(in: file)
        } catch {
            throw InvalidInput("\(file): \(error)")
        }
        var tally = (same: 0, different: 0, skipped: 0)
        for exchange in exchanges where exchange.method.contains(".") && !exchange.method.hasPrefix("plugin.") {
            guard exchange.descriptors == 0, let answer = exchange.answer else {
                context.print("skipped    \(exchange.method): it came with \(exchange.descriptors) descriptors")
                tally.skipped += 1
                continue
            }
            let now = try outcome(exchange, context)
            let then = answer["result"] ?? answer["error"]?["message"] ?? JSON.null
            if now == then {
                tally.same += 1
                context.print("same       \(exchange.method)")
            } else {
                tally.different += 1
                context.print("different  \(exchange.method) \(exchange.params)\n  then \(then)\n  now  \(now)")
            }
        }
        context.print("\(tally.same) the same, \(tally.different) different, \(tally.skipped) skipped")
        if tally.different > 0 { throw CommandFailure() }
    }

    private func outcome(_ exchange: Recording.Exchange, _ context: CommandContext) throws -> JSON {
        do {
            return try context.client().call(
                PluginCall(name: plugin, method: exchange.method, params: exchange.params))
        } catch let error as BerthError where error.object != "daemon" {
            return JSON(error.message)
        }
    }
}

struct PluginCallCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Call a method of a plugin directly",
        usage: "berth plugin call PLUGIN METHOD [JSON]")

    @Argument(help: "The plugin's name")
    var plugin: String
    @Argument(help: "The method")
    var method: String
    @Argument(help: ArgumentHelp("Its parameters, as a JSON object", valueName: "json"))
    var params: String?

    func execute(_ context: CommandContext) throws {
        let parsed: JSON
        do {
            parsed = try params.map { try JSON(parsing: $0) } ?? [:]
        } catch {
            throw InvalidInput("the parameters are not JSON: \(error)")
        }
        let result = try context.client().call(PluginCall(name: plugin, method: method, params: parsed))
        context.print(PrettyJSON.text(result))
    }
}

struct PluginFaultCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault", abstract: "Let calls of a plugin meet faults; only in the daemon's test mode",
        usage: "berth plugin fault [OPTIONS] PLUGIN [FAULT=VALUE,...]",
        discussion: """
            On the wire, of every N messages one: drop=N loses it, cut=N sends half of it and ends the connection,
            corrupt=N changes a byte, duplicate=N sends it twice; side=answer for what the plugin sends, otherwise what
            it is sent. Before a call: delay=MS, error=N lets every Nth fail, kill-after=N ends the process.
            method=NAME for calls of one method only.
            """)
    static let syntax = FlagSyntax(values: "")

    @Flag(help: "End all faults of the plugin")
    var clear = false
    @Argument(help: "The plugin's name")
    var plugin: String
    @Argument(help: "Faults: delay, error, kill-after, drop, cut, corrupt, duplicate, side, method")
    var faults: String?

    func execute(_ context: CommandContext) throws {
        guard clear != (faults != nil) else { throw InvalidInput("either faults or --clear expected") }
        try context.client().call(PluginSetFault(name: plugin, fault: try faults.map(Self.parse)))
        context.print(plugin)
    }

    static func parse(_ text: String) throws -> PluginFault {
        var fault = PluginFault()
        for part in text.split(separator: ",") {
            let (key, value) = String(part).splitOnce("=")
            guard let value else { throw InvalidInput("invalid fault \"\(part)\": KEY=VALUE expected") }
            switch (key, value) {
            case ("method", _): fault.method = value
            case ("side", "answer"): fault.answers = true
            case ("side", "request"): fault.answers = nil
            case ("side", _): throw InvalidInput("invalid fault \"\(part)\": side is request or answer")
            default: try set(key, value, part, of: &fault)
            }
        }
        return fault
    }

    private static func set(_ key: String, _ value: String, _ part: Substring, of fault: inout PluginFault) throws {
        guard let number = Int(value), number > 0 else {
            throw InvalidInput("invalid fault \"\(part)\": a number above 0 expected")
        }
        switch key {
        case "delay": fault.delay = number
        case "error": fault.errorEvery = number
        case "kill-after": fault.killAfter = number
        case "drop": fault.dropEvery = number
        case "cut": fault.cutEvery = number
        case "corrupt": fault.corruptEvery = number
        case "duplicate": fault.duplicateEvery = number
        default:
            throw InvalidInput(
                "unknown fault \"\(key)\": delay, error, kill-after, drop, cut, corrupt, duplicate, side or method "
                    + "expected")
        }
    }
}

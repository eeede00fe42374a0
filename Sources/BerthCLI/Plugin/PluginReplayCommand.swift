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
        usage: "berth plugin fault [OPTIONS] PLUGIN [delay=MS,drop=N,error=N,kill-after=N,method=NAME]")
    static let syntax = FlagSyntax(values: "")

    @Flag(help: "End all faults of the plugin")
    var clear = false
    @Argument(help: "The plugin's name")
    var plugin: String
    @Argument(help: ArgumentHelp("delay=MS before each call; drop=N and error=N for every Nth; kill-after=N calls"))
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
            if key == "method" {
                fault.method = value
                continue
            }
            guard let number = Int(value), number > 0 else {
                throw InvalidInput("invalid fault \"\(part)\": a number above 0 expected")
            }
            switch key {
            case "delay": fault.delay = number
            case "drop": fault.dropEvery = number
            case "error": fault.errorEvery = number
            case "kill-after": fault.killAfter = number
            default: throw InvalidInput("unknown fault \"\(key)\": delay, drop, error, kill-after or method expected")
            }
        }
        return fault
    }
}

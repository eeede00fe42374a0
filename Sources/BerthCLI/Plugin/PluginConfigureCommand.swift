import ArgumentParser
import BerthAPI
import BerthClient
import JSON
import LinuxSystem

struct PluginConfigureCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "configure", abstract: "Change a plugin's configuration or failure policy",
        usage: "berth plugin configure [OPTIONS] PLUGIN [KEY=VALUE...]", aliases: ["set"])
    static let syntax = FlagSyntax(values: "")

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Take the whole configuration from a JSON file", valueName: "path"))
    var file: String?
    @Option(
        name: .customLong("failure-policy"), parsing: .unconditional,
        help: ArgumentHelp("What calls do while the plugin is away: fail, queue or skip", valueName: "policy"))
    var failurePolicy: String?
    @Option(parsing: .unconditionalSingleValue, help: ArgumentHelp("Remove a setting", valueName: "key"))
    var unset: [String] = []
    @Argument(help: "The plugin's name")
    var plugin: String
    @Argument(help: ArgumentHelp("Settings", valueName: "key=value"))
    var settings: [String] = []

    func execute(_ context: CommandContext) throws {
        let policy = try failurePolicy.map { text in
            guard let policy = PluginManifest.FailurePolicy(rawValue: text) else {
                throw InvalidInput.argument(text, of: "--failure-policy", "fail, queue or skip expected")
            }
            return policy
        }
        guard policy != nil || file != nil || !settings.isEmpty || !unset.isEmpty else {
            throw InvalidInput("nothing to change: give KEY=VALUE, --file, --unset or --failure-policy")
        }
        let client = try context.client()
        let current = try client.call(PluginInspect(name: plugin))
        var next = PluginSettings(try file.map(Self.read) ?? current.configuration ?? [:])
        next.remove(unset)
        try next.apply(settings)
        let result = try client.call(
            PluginSetConfiguration(name: plugin, configuration: next.configuration, failurePolicy: policy))
        context.print(result.restarted ? "\(plugin) (in a fresh process)" : plugin)
    }

    private static func read(_ path: String) throws -> JSON {
        do {
            return try JSON(parsing: try readFile(path, limit: 1 << 20))
        } catch {
            throw InvalidInput("\(path): \(error)")
        }
    }
}

import ArgumentParser
import BerthAPI
import BerthClient
import JSON
import LinuxSystem

struct PluginEnableCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Let a disabled or drained plugin work again",
        usage: "berth plugin enable PLUGIN [PLUGIN...]")

    @Argument(help: ArgumentHelp("Names", valueName: "plugin"))
    var plugins: [String]

    func execute(_ context: CommandContext) throws {
        try forEach(plugins, context) { name in
            try context.client().call(PluginEnable(name: name))
            context.print(name)
        }
    }
}

struct PluginDisableCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "End a plugin and keep it ended",
        usage: "berth plugin disable [OPTIONS] PLUGIN [PLUGIN...]")
    static let syntax = FlagSyntax(values: "")

    @Flag(name: .shortAndLong, help: "Also a plugin that running containers use")
    var force = false
    @Argument(help: ArgumentHelp("Names", valueName: "plugin"))
    var plugins: [String]

    func execute(_ context: CommandContext) throws {
        try forEach(plugins, context) { name in
            try context.client().call(PluginDisable(name: name, force: force))
            context.print(name)
        }
    }
}

struct PluginRestartCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Replace a plugin's process by a fresh one, without a failed call",
        usage: "berth plugin restart PLUGIN [PLUGIN...]")

    @Argument(help: ArgumentHelp("Names", valueName: "plugin"))
    var plugins: [String]

    func execute(_ context: CommandContext) throws {
        try forEach(plugins, context) { name in
            try context.client().call(PluginRestart(name: name))
            context.print(name)
        }
    }
}

struct PluginDrainCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Finish the calls that run and let new ones wait, until enable or restart",
        usage: "berth plugin drain [OPTIONS] PLUGIN [PLUGIN...]")
    static let syntax = FlagSyntax(values: "t")

    @Option(
        name: [.customShort("t", allowingJoined: true), .customLong("timeout")], parsing: .unconditional,
        help: ArgumentHelp("Seconds that running calls may take", valueName: "seconds"))
    var timeout = 10
    @Argument(help: ArgumentHelp("Names", valueName: "plugin"))
    var plugins: [String]

    func execute(_ context: CommandContext) throws {
        guard timeout >= 0 else { throw InvalidInput("invalid timeout \(timeout)") }
        try forEach(plugins, context) { name in
            try context.client().call(PluginHold(name: name, within: timeout * 1000))
            context.print(name)
        }
    }
}

struct PluginRemoveCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove one or more installed plugins",
        usage: "berth plugin rm [OPTIONS] PLUGIN [PLUGIN...]", aliases: ["remove"])
    static let syntax = FlagSyntax(values: "")

    @Flag(name: .shortAndLong, help: "Also a plugin that objects refer to")
    var force = false
    @Flag(help: "Also remove its state directory, with all that the plugin keeps there")
    var state = false
    @Argument(help: ArgumentHelp("Names", valueName: "plugin"))
    var plugins: [String]

    func execute(_ context: CommandContext) throws {
        try forEach(plugins, context) { name in
            try context.client().call(PluginRemove(name: name, force: force, state: state))
            context.print(name)
        }
    }
}

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

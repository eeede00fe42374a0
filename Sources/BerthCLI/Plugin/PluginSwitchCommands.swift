import ArgumentParser
import BerthAPI

struct PluginEnableCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Let a disabled or drained plugin work again",
        usage: "berth plugin enable PLUGIN [PLUGIN...]")

    @Argument(help: .plugins) var names: [String]

    func verb() -> Verb<PluginEnable> { Verb { PluginEnable(name: $0) } }
}

struct PluginDisableCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "End a plugin and keep it ended",
        usage: "berth plugin disable [OPTIONS] PLUGIN [PLUGIN...]")
    static let syntax = FlagSyntax(values: "")

    @Flag(name: .shortAndLong, help: "Also a plugin that running containers use")
    var force = false
    @Argument(help: .plugins) var names: [String]

    func verb() -> Verb<PluginDisable> { Verb { PluginDisable(name: $0, force: force) } }
}

struct PluginRestartCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Replace a plugin's process by a fresh one, without a failed call",
        usage: "berth plugin restart PLUGIN [PLUGIN...]")

    @Argument(help: .plugins) var names: [String]

    func verb() -> Verb<PluginRestart> { Verb { PluginRestart(name: $0) } }
}

struct PluginDrainCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Finish the calls that run and let new ones wait, until enable or restart",
        usage: "berth plugin drain [OPTIONS] PLUGIN [PLUGIN...]")
    static let syntax = FlagSyntax(values: "t")

    @Option(
        name: [.customShort("t", allowingJoined: true), .customLong("timeout")], parsing: .unconditional,
        help: ArgumentHelp("Seconds that running calls may take", valueName: "seconds"))
    var timeout = 10
    @Argument(help: .plugins) var names: [String]

    func verb() throws -> Verb<PluginHold> {
        guard timeout >= 0 else { throw InvalidInput("invalid timeout \(timeout)") }
        return Verb { PluginHold(name: $0, within: timeout * 1000) }
    }
}

struct PluginRemoveCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove one or more installed plugins",
        usage: "berth plugin rm [OPTIONS] PLUGIN [PLUGIN...]", aliases: ["remove"])
    static let syntax = FlagSyntax(values: "")

    @Flag(name: .shortAndLong, help: "Also a plugin that objects refer to")
    var force = false
    @Flag(help: "Also remove its state directory, with all that the plugin keeps there")
    var state = false
    @Argument(help: .plugins) var names: [String]

    func verb() -> Verb<PluginRemove> { Verb { PluginRemove(name: $0, force: force, state: state) } }
}

extension ArgumentHelp {
    fileprivate static let plugins = ArgumentHelp("Names", valueName: "plugin")
}

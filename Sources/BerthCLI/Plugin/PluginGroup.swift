import ArgumentParser

struct PluginGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin", abstract: "Manage plugins", usage: "berth plugin COMMAND",
        subcommands: [
            PluginCallCommand.self, PluginConfigureCommand.self, PluginDisableCommand.self, PluginDrainCommand.self,
            PluginEnableCommand.self, PluginFaultCommand.self, PluginInspectCommand.self, PluginInstallCommand.self,
            PluginListCommand.self, PluginLogsCommand.self, PluginNewCommand.self, PluginPushCommand.self,
            PluginRemoveCommand.self,
            PluginReplayCommand.self, PluginRestartCommand.self, PluginRollbackCommand.self, PluginStatsCommand.self,
            PluginTestCommand.self, PluginTraceCommand.self, PluginUpgradeCommand.self,
        ])
}

import ArgumentParser

struct SystemGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "system", abstract: "Manage Berth", usage: "berth system COMMAND",
        subcommands: [SystemCheckCommand.self, EventsCommand.self, InfoCommand.self, SystemUpgradeCommand.self])
}

import ArgumentParser
import BerthAPI
import BerthClient

struct SystemUpgradeCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade", abstract: "Replace the daemon's program while containers and plugins run on",
        usage: "berth system upgrade [OPTIONS]")
    static let syntax = FlagSyntax(values: "")

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The new berthd; what the daemon was started from unless said", valueName: "path"))
    var executable: String?

    func execute(_ context: CommandContext) throws {
        let client = try context.client()
        let result = try client.call(SystemUpgrade(executable: executable))
        try client.followMove()
        let version = try client.call(SystemVersion()).version
        context.print("\(result.executable) (\(version)) has taken over")
    }
}

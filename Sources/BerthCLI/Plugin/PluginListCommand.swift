import ArgumentParser
import BerthAPI
import BerthClient

struct PluginListCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List plugins", usage: "berth plugin ls [OPTIONS]", aliases: ["list"])

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Format output: 'table', 'table TEMPLATE', 'json' or a Go template", valueName: "format"))
    var format: String?
    @Flag(name: .shortAndLong, help: "Only display names")
    var quiet = false

    func execute(_ context: CommandContext) throws {
        let plugins = try context.client().call(PluginList())
        let style = ListStyle(format: format, quiet: quiet, now: context.now)
        context.write(try Listing.render(plugins.map(PluginRow.init), style))
    }
}

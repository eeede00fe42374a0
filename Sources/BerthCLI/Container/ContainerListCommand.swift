import ArgumentParser
import BerthAPI
import BerthClient

struct ContainerListCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List containers", usage: "berth container ls [OPTIONS]", aliases: ["list", "ps"])
    static let syntax = FlagSyntax(values: "fn")

    @OptionGroup var options: ContainerListOptions

    func execute(_ context: CommandContext) throws { try options.show(context) }
}

struct PsCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "List containers", usage: "berth ps [OPTIONS]")
    static let syntax = FlagSyntax(values: "fn")

    @OptionGroup var options: ContainerListOptions

    func execute(_ context: CommandContext) throws { try options.show(context) }
}

struct ContainerListOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Show all containers (default shows just running)")
    var all = false
    @Option(
        name: [.customShort("n", allowingJoined: true), .customLong("last")], parsing: .unconditional,
        help: ArgumentHelp("Show n last created containers (includes all states)", valueName: "n"))
    var last: Int?
    @Flag(name: .shortAndLong, help: "Show the latest created container (includes all states)")
    var latest = false
    @Flag(name: .shortAndLong, help: "Display total file sizes")
    var size = false
    @OptionGroup var list: ListOptions

    func show(_ context: CommandContext) throws {
        let count = latest ? 1 : last.flatMap { $0 > 0 ? $0 : nil }
        let wantsSize = size || list.format?.contains(".Size") == true
        let request = ContainerList(
            all: all || count != nil ? true : nil, last: count, filters: try list.filterValues(),
            size: wantsSize ? true : nil)
        let rows = try context.client().call(request).map(ContainerRow.init)
        let style = list.style(context)
        context.write(
            try size ? Listing.render(rows.map(SizedContainerRow.init), style) : Listing.render(rows, style))
    }
}

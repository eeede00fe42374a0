import ArgumentParser
import BerthAPI
import BerthClient

struct ContainerPruneCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove all stopped containers", usage: "berth container prune [OPTIONS]")
    static let syntax = FlagSyntax(values: "")

    private static let question =
        "WARNING! This will remove all stopped containers.\nAre you sure you want to continue?"

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Provide filter values (e.g. \"until=<timestamp>\")", valueName: "key=value"))
    var filter: [String] = []
    @Flag(name: .shortAndLong, help: "Do not prompt for confirmation")
    var force = false

    func execute(_ context: CommandContext) throws {
        var filters = try FilterSpec.parse(filter)
        if let times = filters?["until"] {
            filters?["until"] = try parseAll(times, of: "--filter") { text throws in
                try TimeSpec.parse(text, now: context.now).description
            }
        }
        guard try force || context.confirms(Self.question) else { return }
        let result = try context.client().call(ContainerPrune(filters: filters))
        if !result.removed.isEmpty {
            context.print("Deleted Containers:")
            for id in result.removed { context.print(id) }
            context.print("")
        }
        context.print("Total reclaimed space: \(HumanSize.decimal(result.reclaimed, digits: 4))")
    }
}

import ArgumentParser
import BerthAPI
import BerthClient

struct VolumeGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume", abstract: "Manage volumes", usage: "berth volume COMMAND",
        subcommands: [
            VolumeCreateCommand.self, VolumeInspectCommand.self, VolumeListCommand.self, VolumeRemoveCommand.self,
        ])
}

struct VolumeCreateCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a volume", usage: "berth volume create [OPTIONS] [VOLUME]")
    static let syntax = FlagSyntax(values: "do")

    @Option(
        name: [.customShort("d", allowingJoined: true), .customLong("driver")], parsing: .unconditional,
        help: ArgumentHelp("Specify volume driver name", valueName: "name"))
    var driver: String?
    @Option(
        parsing: .unconditionalSingleValue, help: ArgumentHelp("Set metadata for a volume", valueName: "key[=value]"))
    var label: [String] = []
    @Option(
        name: [.customShort("o", allowingJoined: true), .customLong("opt")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Set driver specific options", valueName: "key=value"))
    var options: [String] = []
    @Argument(help: "The volume's name; made up unless said")
    var name: String?

    func execute(_ context: CommandContext) throws {
        let labels = try EnvironmentSpec.parseLabels(label, of: "--label")
        let request = VolumeCreate(
            name: name, driver: driver, options: try KeyValue.parse(options, of: "-o, --opt"),
            labels: labels.isEmpty ? nil : labels)
        context.print(try context.client().call(request).name)
    }
}

struct VolumeListCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List volumes", usage: "berth volume ls [OPTIONS]", aliases: ["list"])

    @OptionGroup var list: ListOptions

    func execute(_ context: CommandContext) throws {
        let volumes = try context.client().call(VolumeList(filters: try list.filterValues()))
        context.write(try Listing.render(volumes.map(VolumeRow.init), list.style(context)))
    }
}

struct VolumeRemoveCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove one or more volumes",
        usage: "berth volume rm [OPTIONS] VOLUME [VOLUME...]", aliases: ["remove"])
    static let syntax = FlagSyntax(values: "")

    @Flag(name: .shortAndLong, help: "Force the removal of one or more volumes")
    var force = false
    @Argument(help: ArgumentHelp("Names", valueName: "volume"))
    var names: [String]

    func verb() -> Verb<VolumeRemove> { Verb { VolumeRemove(name: $0, force: force) } }
}

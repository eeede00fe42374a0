import ArgumentParser
import BerthAPI
import BerthClient

struct NetworkGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network", abstract: "Manage networks", usage: "berth network COMMAND",
        subcommands: [
            NetworkCreateCommand.self, NetworkInspectCommand.self, NetworkListCommand.self, NetworkRemoveCommand.self,
        ])
}

struct NetworkCreateCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a network", usage: "berth network create [OPTIONS] NETWORK")
    static let syntax = FlagSyntax(values: "do")

    @Option(
        name: [.customShort("d", allowingJoined: true), .customLong("driver")], parsing: .unconditional,
        help: ArgumentHelp("Driver to manage the Network (bridge unless said)", valueName: "name"))
    var driver: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Subnet in CIDR format that represents a network segment", valueName: "subnet"))
    var subnet: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("Gateway for the subnet", valueName: "address"))
    var gateway: String?
    @Option(
        name: .customLong("ip-range"), parsing: .unconditional,
        help: ArgumentHelp("Allocate container ip from a sub-range", valueName: "subnet"))
    var ipRange: String?
    @Flag(name: .customLong("internal"), help: "Restrict external access to the network")
    var isInternal = false
    @Option(
        parsing: .unconditionalSingleValue, help: ArgumentHelp("Set metadata on a network", valueName: "key[=value]"))
    var label: [String] = []
    @Option(
        name: [.customShort("o", allowingJoined: true), .customLong("opt")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Set driver specific options", valueName: "key=value"))
    var options: [String] = []
    @Argument(help: "The network's name")
    var name: String

    func execute(_ context: CommandContext) throws {
        var request = NetworkCreate(name: name)
        request.driver = driver
        request.subnet = subnet
        request.gateway = gateway
        request.ipRange = ipRange
        request.isInternal = isInternal ? true : nil
        request.options = try KeyValue.parse(options, of: "-o, --opt")
        let labels = try EnvironmentSpec.parseLabels(label, of: "--label")
        request.labels = labels.isEmpty ? nil : labels
        context.print(try context.client().call(request).id)
    }
}

struct NetworkListCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List networks", usage: "berth network ls [OPTIONS]", aliases: ["list"])

    @OptionGroup var list: ListOptions

    func execute(_ context: CommandContext) throws {
        let networks = try context.client().call(NetworkList(filters: try list.filterValues()))
        context.write(try Listing.render(networks.map(NetworkRow.init), list.style(context)))
    }
}

struct NetworkRemoveCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove one or more networks",
        usage: "berth network rm [OPTIONS] NETWORK [NETWORK...]", aliases: ["remove"])
    static let syntax = FlagSyntax(values: "")

    @Flag(name: .shortAndLong, help: "Do not error if the network does not exist")
    var force = false
    @Argument(help: ArgumentHelp("Names or IDs", valueName: "network"))
    var names: [String]

    func verb() -> Verb<NetworkRemove> {
        var verb = Verb { NetworkRemove(network: $0) }
        verb.ignoresMissing = force
        return verb
    }
}

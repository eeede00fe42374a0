import ArgumentParser
import BerthAPI
import BerthClient
import JSON

/// `berth inspect`: objects of any kind.
struct InspectCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Return low-level information on Berth objects",
        usage: "berth inspect [OPTIONS] NAME|ID [NAME|ID...]")

    @OptionGroup var options: FormatOption
    @Option(help: ArgumentHelp("Only inspect objects of the given type", valueName: "type"))
    var type: ObjectKind?
    @Argument(help: ArgumentHelp("Names or IDs", valueName: "name|id"))
    var names: [String]

    func execute(_ context: CommandContext) throws {
        let kinds = type.map { [$0] } ?? ObjectKind.allCases
        try Inspection(context: context, format: options.format).show(names) { name in
            for kind in kinds {
                if let found = try kind.find(name, try context.client()) { return found }
            }
            throw InvalidInput("Error: No such \(type?.rawValue ?? "object"): \(name)")
        }
    }
}

/// What can be inspected, in the order in which a name is looked for.
enum ObjectKind: String, ExpressibleByArgument, CaseIterable {
    case container, image, network, volume, plugin

    /// nil when there is none of that name.
    func find(_ name: String, _ client: BerthClient) throws -> JSON? {
        do {
            return try inspect(name, client)
        } catch let error as BerthError where error.kind == .notFound || error.kind == .invalidArgument {
            return nil
        }
    }

    func inspect(_ name: String, _ client: BerthClient) throws -> JSON {
        switch self {
        case .container: try ContainerDocument(client.call(ContainerInspect(id: name))).json
        case .image: ImageDocument(try client.call(ImageInspect(reference: name))).json
        case .network: try NetworkDocument(client.call(NetworkInspect(network: name))).json
        case .volume: try VolumeDocument(client.call(VolumeInspect(name: name))).json
        case .plugin: try JSON(encoding: client.call(PluginInspect(name: name)))
        }
    }
}

/// What the `inspect` commands of one kind take.
struct InspectOptions: ParsableArguments {
    @OptionGroup var format: FormatOption
    @Argument(help: ArgumentHelp("Names or IDs", valueName: "name|id"))
    var names: [String]

    func show(_ kind: ObjectKind, _ context: CommandContext) throws {
        try Inspection(context: context, format: format.format).show(names) { name in
            try kind.inspect(name, try context.client())
        }
    }
}

struct ContainerInspectCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Display detailed information on one or more containers",
        usage: "berth container inspect [OPTIONS] CONTAINER [CONTAINER...]")
    @OptionGroup var options: InspectOptions
    func execute(_ context: CommandContext) throws { try options.show(.container, context) }
}

struct ImageInspectCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Display detailed information on one or more images",
        usage: "berth image inspect [OPTIONS] IMAGE [IMAGE...]")
    @OptionGroup var options: InspectOptions
    func execute(_ context: CommandContext) throws { try options.show(.image, context) }
}

struct VolumeInspectCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Display detailed information on one or more volumes",
        usage: "berth volume inspect [OPTIONS] VOLUME [VOLUME...]")
    @OptionGroup var options: InspectOptions
    func execute(_ context: CommandContext) throws { try options.show(.volume, context) }
}

struct NetworkInspectCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Display detailed information on one or more networks",
        usage: "berth network inspect [OPTIONS] NETWORK [NETWORK...]")
    @OptionGroup var options: InspectOptions
    func execute(_ context: CommandContext) throws { try options.show(.network, context) }
}

struct PluginInspectCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Display detailed information on one or more plugins",
        usage: "berth plugin inspect [OPTIONS] PLUGIN [PLUGIN...]")
    @OptionGroup var options: InspectOptions
    func execute(_ context: CommandContext) throws { try options.show(.plugin, context) }
}

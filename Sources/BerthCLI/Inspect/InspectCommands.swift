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
    @Flag(name: .shortAndLong, help: "Display total file sizes of containers")
    var size = false
    @Option(help: ArgumentHelp("Only inspect objects of the given type", valueName: "type"))
    var type: ObjectKind?
    @Argument(help: ArgumentHelp("Names or IDs", valueName: "name|id"))
    var names: [String]

    func execute(_ context: CommandContext) throws {
        let kinds = type.map { [$0] } ?? ObjectKind.allCases
        try Inspection(context: context, format: options.format).show(names) { name in
            for kind in kinds {
                if let found = try kind.find(name, try context.client(), size: size) { return found }
            }
            throw InvalidInput("Error: No such \(type?.rawValue ?? "object"): \(name)")
        }
    }
}

/// What can be inspected, in the order in which a name is looked for.
enum ObjectKind: String, ExpressibleByArgument, CaseIterable {
    case container, image, network, volume, plugin

    /// nil when there is none of that name.
    func find(_ name: String, _ client: BerthClient, size: Bool) throws -> JSON? {
        do {
            return try inspect(name, client, size: size)
        } catch let error as BerthError where error.kind == .notFound || error.kind == .invalidArgument {
            return nil
        }
    }

    /// - Parameter size: whether a container's document says how large its files are, which takes a while.
    func inspect(_ name: String, _ client: BerthClient, size: Bool = false) throws -> JSON {
        switch self {
        case .container: try Self.container(name, client, size)
        case .image: ImageDocument(try client.call(ImageInspect(reference: name))).json
        case .network: try NetworkDocument(client.call(NetworkInspect(network: name))).json
        case .volume: try VolumeDocument(client.call(VolumeInspect(name: name))).json
        case .plugin: try JSON(encoding: client.call(PluginInspect(name: name)))
        }
    }

    private static func container(_ name: String, _ client: BerthClient, _ size: Bool) throws -> JSON {
        let detail = try client.call(ContainerInspect(id: name))
        guard size else { return ContainerDocument(detail).json }
        let list = ContainerList(all: true, filters: ["id": [detail.id]], size: true)
        return ContainerDocument(detail, sizes: try client.call(list).first).json
    }
}

/// What the `inspect` commands of one kind take.
struct InspectOptions: ParsableArguments {
    @OptionGroup var format: FormatOption
    @Argument(help: ArgumentHelp("Names or IDs", valueName: "name|id"))
    var names: [String]

    func show(_ kind: ObjectKind, _ context: CommandContext, size: Bool = false) throws {
        try Inspection(context: context, format: format.format).show(names) { name in
            try kind.inspect(name, try context.client(), size: size)
        }
    }
}

struct ContainerInspectCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Display detailed information on one or more containers",
        usage: "berth container inspect [OPTIONS] CONTAINER [CONTAINER...]")
    @OptionGroup var options: InspectOptions
    @Flag(name: .shortAndLong, help: "Display total file sizes")
    var size = false
    func execute(_ context: CommandContext) throws { try options.show(.container, context, size: size) }
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

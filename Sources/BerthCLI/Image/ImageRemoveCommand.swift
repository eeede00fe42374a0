import ArgumentParser
import BerthAPI
import BerthClient

struct ImageRemoveCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove one or more images", usage: "berth image rm [OPTIONS] IMAGE [IMAGE...]",
        aliases: ["remove"])
    static let syntax = FlagSyntax(values: "")

    @OptionGroup var options: ImageRemoveOptions

    func execute(_ context: CommandContext) throws { try options.remove(context) }
}

struct RmiCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "rmi", abstract: "Remove one or more images", usage: "berth rmi [OPTIONS] IMAGE [IMAGE...]")
    static let syntax = FlagSyntax(values: "")

    @OptionGroup var options: ImageRemoveOptions

    func execute(_ context: CommandContext) throws { try options.remove(context) }
}

struct ImageRemoveOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Force removal of the image")
    var force = false
    @Argument(help: ArgumentHelp("References or image IDs", valueName: "image"))
    var images: [String]

    func remove(_ context: CommandContext) throws {
        var verb = Verb {
            ImageRemove(reference: $0, force: force)
        } report: { _, result, context in
            for name in result.untagged { context.print("Untagged: \(name)") }
            for id in result.deleted { context.print("Deleted: \(id)") }
        }
        verb.ignoresMissing = force
        // Of an image's names the last takes it along.
        verb.atOnce = 1
        try verb.apply(to: images, context)
    }
}

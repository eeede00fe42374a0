import ArgumentParser
import BerthAPI
import BerthClient

struct ImagePullCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Download an image from a registry",
        usage: "berth pull [OPTIONS] NAME[:TAG|@DIGEST]")

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Set platform if the image is for several", valueName: "os/arch[/variant]"))
    var platform: String?
    @Flag(name: .shortAndLong, help: "Suppress verbose output")
    var quiet = false
    @Argument(help: "What to pull")
    var name: String

    func execute(_ context: CommandContext) throws {
        let client = try context.client()
        let display = quiet ? nil : ProgressDisplay(context.streams.output, loop: client.loop)
        let result = try ImageTransfer(client: client, display: display).pull(name, platform: platform)
        context.print(result.reference)
    }
}

struct ImagePushCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "push", abstract: "Upload an image to a registry", usage: "berth push [OPTIONS] NAME[:TAG]")

    @Flag(name: .shortAndLong, help: "Suppress verbose output")
    var quiet = false
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Registry plugin to use instead of the one that the routes choose", valueName: "plugin"))
    var registry: String?
    @Argument(help: "What to push")
    var name: String

    func execute(_ context: CommandContext) throws {
        let client = try context.client()
        let display = quiet ? nil : ProgressDisplay(context.streams.output, loop: client.loop)
        let result = try ImageTransfer(client: client, display: display).push(name, registry: registry)
        if quiet { context.print(result) }
    }
}

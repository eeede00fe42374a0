import ArgumentParser
import BerthAPI
import BerthClient

struct ImageTagCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE",
        usage: "berth tag SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]")

    @Argument(help: "A reference or an image ID")
    var source: String
    @Argument(help: "The new reference")
    var target: String

    func execute(_ context: CommandContext) throws {
        try context.client().call(ImageTag(source: source, target: target))
    }
}

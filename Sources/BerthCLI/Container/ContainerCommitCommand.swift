import ArgumentParser
import BerthAPI
import BerthClient

struct ContainerCommitCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "Create a new image from a container's changes",
        usage: "berth commit [OPTIONS] CONTAINER [REPOSITORY[:TAG]]")
    static let syntax = FlagSyntax(values: "amc", negated: ["pause": "p"])

    @Option(
        name: [.customShort("a", allowingJoined: true), .customLong("author")], parsing: .unconditional,
        help: "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")")
    var author: String?
    @Option(
        name: [.customShort("c", allowingJoined: true), .customLong("change")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Apply Dockerfile instruction to the created image", valueName: "list"))
    var changes: [String] = []
    @Option(
        name: [.customShort("m", allowingJoined: true), .customLong("message")], parsing: .unconditional,
        help: "Commit message")
    var message: String?
    @Flag(name: .shortAndLong, help: "Pause container during commit (default)")
    var pause = false
    @Flag(help: "Do not pause container during commit")
    var noPause = false
    @Argument(help: "Name or ID")
    var container: String
    @Argument(help: ArgumentHelp("The new image's name", valueName: "repository[:tag]"))
    var reference: String?

    func execute(_ context: CommandContext) throws {
        var request = ContainerCommit(id: container, reference: reference)
        request.author = author
        request.message = message
        request.pause = noPause ? false : nil
        request.changes = changes.isEmpty ? nil : changes
        let result = try context.client().call(request, timeout: BerthClient.unbounded)
        context.print(result.image)
    }
}

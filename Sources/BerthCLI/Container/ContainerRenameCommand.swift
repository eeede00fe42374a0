import ArgumentParser
import BerthAPI
import BerthClient

struct ContainerRenameCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Rename a container", usage: "berth rename CONTAINER NEW_NAME")

    @Argument(help: "Name or ID")
    var container: String
    @Argument(help: "The new name")
    var name: String

    func execute(_ context: CommandContext) throws {
        try context.client().call(ContainerRename(id: container, name: name))
    }
}

import ArgumentParser

struct ImageGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Manage images", usage: "berth image COMMAND",
        subcommands: [
            ImageImportCommand.self, ImageInspectCommand.self, ImageListCommand.self, ImagePullCommand.self,
            ImagePushCommand.self,
            ImageRemoveCommand.self, ImageTagCommand.self,
        ])
}

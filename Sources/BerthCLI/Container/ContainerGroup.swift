import ArgumentParser

struct ContainerGroup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "container", abstract: "Manage containers", usage: "berth container COMMAND",
        subcommands: [
            ContainerAttachCommand.self,
            ContainerCommitCommand.self,
            ContainerCopyCommand.self,
            ContainerCreateCommand.self,
            ContainerDiffCommand.self,
            ContainerExecCommand.self,
            ContainerExportCommand.self,
            ContainerInspectCommand.self,
            ContainerKillCommand.self,
            ContainerLogsCommand.self,
            ContainerListCommand.self,
            ContainerPauseCommand.self,
            ContainerPortCommand.self,
            ContainerPruneCommand.self,
            ContainerRemoveCommand.self,
            ContainerRenameCommand.self,
            ContainerRestartCommand.self,
            ContainerRunCommand.self,
            ContainerStartCommand.self,
            ContainerStatsCommand.self,
            ContainerStopCommand.self,
            ContainerTopCommand.self,
            ContainerUnpauseCommand.self,
            ContainerUpdateCommand.self,
            ContainerWaitCommand.self,
        ])
}

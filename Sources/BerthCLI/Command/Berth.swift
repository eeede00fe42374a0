import ArgumentParser

/// The root of all commands.
struct Berth: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berth", abstract: "A container engine whose every technology is a plugin",
        usage: "berth [OPTIONS] COMMAND", version: "Berth version \(CommandContext.version)",
        groupedSubcommands: [
            CommandGroup(
                name: "Common",
                subcommands: [
                    ContainerRunCommand.self, ContainerExecCommand.self, PsCommand.self, ImagePullCommand.self,
                    ImagePushCommand.self, ImagesCommand.self, VersionCommand.self, InfoCommand.self,
                ]),
            CommandGroup(
                name: "Management",
                subcommands: [
                    ContainerGroup.self, ImageGroup.self, NetworkGroup.self, PluginGroup.self, SystemGroup.self,
                    VolumeGroup.self,
                ]),
            CommandGroup(
                name: "Other",
                subcommands: [
                    ContainerAttachCommand.self,
                    ContainerCommitCommand.self,
                    ContainerCopyCommand.self,
                    ContainerCreateCommand.self,
                    ContainerDiffCommand.self,
                    ContainerExportCommand.self,
                    DoctorCommand.self,
                    EventsCommand.self,
                    ImageImportCommand.self,
                    InspectCommand.self,
                    ContainerKillCommand.self,
                    ContainerLogsCommand.self,
                    ContainerPauseCommand.self,
                    ContainerPortCommand.self,
                    ContainerRenameCommand.self,
                    ContainerRestartCommand.self,
                    ContainerRemoveCommand.self,
                    RmiCommand.self,
                    ContainerStartCommand.self,
                    ContainerStatsCommand.self,
                    ContainerStopCommand.self,
                    ImageTagCommand.self,
                    ContainerTopCommand.self,
                    TraceCommand.self,
                    ContainerUnpauseCommand.self,
                    ContainerUpdateCommand.self,
                    ContainerWaitCommand.self,
                ]),
        ])

    // Taken before the parser sees them; declared for help and completion.
    @Option(
        name: [.customShort("H", allowingJoined: true), .long],
        help: ArgumentHelp("Daemon socket to connect to (BERTH_HOST unless said)", valueName: "unix:///path"))
    var host: String?
}

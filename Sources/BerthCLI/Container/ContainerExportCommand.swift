import ArgumentParser
import BerthAPI
import BerthClient
import LinuxSystem

struct ContainerExportCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Export a container's filesystem as a tar archive",
        usage: "berth export [OPTIONS] CONTAINER")
    static let syntax = FlagSyntax(values: "o")

    @Option(
        name: [.customShort("o", allowingJoined: true), .customLong("output")], parsing: .unconditional,
        help: ArgumentHelp("Write to a file, instead of STDOUT", valueName: "file"))
    var output: String?
    @Argument(help: "Name or ID")
    var container: String

    func execute(_ context: CommandContext) throws {
        guard let output else {
            guard !Terminal.isTerminal(context.streams.output) else {
                throw CommandFailure("cowardly refusing to save to a terminal. Use the -o flag or redirect")
            }
            return try export(to: SharedDescriptor(borrowing: context.streams.output), context)
        }
        let file = try NewFile(output)
        do {
            try export(to: file.descriptor, context)
        } catch {
            file.discard()
            throw error
        }
        try file.keep()
    }

    private func export(to stream: SharedDescriptor, _ context: CommandContext) throws {
        let request = ContainerExport(id: container)
        _ = try context.client().reply(to: request, timeout: BerthClient.unbounded, descriptors: [stream])
    }
}

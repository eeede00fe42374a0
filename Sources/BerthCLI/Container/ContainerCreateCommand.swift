import ArgumentParser
import BerthAPI

struct ContainerCreateCommand: PassingCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a new container",
        usage: "berth create [OPTIONS] IMAGE [COMMAND] [ARG...]",
        discussion: "Everything after the image is the container's own.", helpNames: .long)
    /// Unlike `run`'s, docker's `create` answers the daemon's refusals with 1.
    static let usageStatus: CInt = UsageError.status
    static let syntax = FlagSyntax(values: "ehlmpuvwc", passing: true)

    @OptionGroup var container: ContainerOptions

    var operands: [String] {
        get { container.operands }
        set { container.operands = newValue }
    }

    func execute(_ context: CommandContext) throws {
        let config = try container.config(context)
        context.print(
            try ContainerMaker(context: context, options: container.identity, failureStatus: Self.failureStatus).make(
                config))
    }
}

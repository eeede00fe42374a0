import ArgumentParser
import BerthAPI

struct ContainerCreateCommand: PassingCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Create a new container",
        usage: "berth create [OPTIONS] IMAGE [COMMAND] [ARG...]",
        discussion: "Everything after the image is the container's own.", helpNames: .long)
    static let failureStatus: CInt = 125
    static let syntax = FlagSyntax(values: "ehlmpuvwc", passing: true)

    @OptionGroup var container: ContainerOptions

    var operands: [String] {
        get { container.operands }
        set { container.operands = newValue }
    }

    func execute(_ context: CommandContext) throws {
        let config = try container.config(context)
        context.print(try ContainerMaker(context: context, options: container.identity).make(config))
    }
}

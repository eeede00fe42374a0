import ArgumentParser
import BerthAPI
import BerthClient

struct ContainerTopCommand: PassingCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Display the running processes of a container",
        usage: "berth top CONTAINER [ps OPTIONS]", discussion: "Everything after the container is for the host's ps.")
    static let syntax = FlagSyntax(values: "", passing: true)

    @Argument(help: ArgumentHelp("The container's name or ID, and options of ps", valueName: "container"))
    var operands: [String] = []

    func execute(_ context: CommandContext) throws {
        guard let container = operands.first else { throw MissingArguments(count: 1) }
        let arguments = Array(operands.dropFirst()).nonEmpty
        let result = try context.client().call(ContainerTop(id: container, arguments: arguments))
        var table = TableWriter(minimumWidth: 20)
        table.add(result.titles)
        for process in result.processes { table.add(process) }
        context.write(table.render())
    }
}

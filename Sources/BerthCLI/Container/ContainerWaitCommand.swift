import ArgumentParser
import BerthAPI
import BerthClient

struct ContainerWaitCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Block until one or more containers stop, then print their exit codes",
        usage: "berth wait [OPTIONS] CONTAINER [CONTAINER...]")

    private static let conditions: [String: ContainerWait.Condition] = [
        "not-running": .notRunning, "next-exit": .nextExit, "removed": .removed,
    ]

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What to wait for: not-running, next-exit or removed", valueName: "condition"))
    var condition = "not-running"
    @Argument(help: .containers) var names: [String]

    func verb() throws -> Verb<ContainerWait> {
        guard let condition = Self.conditions[condition] else {
            throw InvalidInput.argument(condition, of: "--condition", "not-running, next-exit or removed expected")
        }
        var verb = Verb {
            ContainerWait(id: $0, condition: condition)
        } report: { _, result, context in
            context.print("\(result.exitCode)")
        }
        verb.patience = BerthClient.unbounded
        return verb
    }
}

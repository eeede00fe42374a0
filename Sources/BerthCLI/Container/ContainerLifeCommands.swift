import ArgumentParser
import BerthAPI
import BerthClient

struct ContainerStopCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop one or more running containers",
        usage: "berth stop [OPTIONS] CONTAINER [CONTAINER...]")
    static let syntax = FlagSyntax(values: "st")

    @OptionGroup var options: GraceOptions

    func execute(_ context: CommandContext) throws {
        try options.apply(context) { name, grace, signal, client in
            try client.call(ContainerStop(id: name, grace: grace, signal: signal), timeout: BerthClient.unbounded)
        }
    }
}

struct ContainerRestartCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Restart one or more containers",
        usage: "berth restart [OPTIONS] CONTAINER [CONTAINER...]")
    static let syntax = FlagSyntax(values: "st")

    @OptionGroup var options: GraceOptions

    func execute(_ context: CommandContext) throws {
        try options.apply(context) { name, grace, signal, client in
            try client.call(ContainerRestart(id: name, grace: grace, signal: signal), timeout: BerthClient.unbounded)
        }
    }
}

/// How containers are stopped, and which.
struct GraceOptions: ParsableArguments {
    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Signal to send to the container", valueName: "signal"))
    var signal: String?
    @Option(
        name: [.customShort("t", allowingJoined: true), .customLong("timeout"), .customLong("time")],
        parsing: .unconditional,
        help: ArgumentHelp("Seconds to wait before killing the container", valueName: "seconds"))
    var grace: Int?
    @Argument(help: ArgumentHelp("Names or IDs", valueName: "container"))
    var containers: [String]

    func apply(
        _ context: CommandContext, _ body: (String, Int?, String?, BerthClient) throws -> Void
    ) throws {
        let signal = try parseOne(signal, of: "-s, --signal", SignalName.parse)
        try forEach(containers, context) { name in
            try body(name, grace, signal, try context.client())
            context.print(name)
        }
    }
}

struct ContainerKillCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Kill one or more running containers",
        usage: "berth kill [OPTIONS] CONTAINER [CONTAINER...]")
    static let syntax = FlagSyntax(values: "s")

    @Option(
        name: [.customShort("s", allowingJoined: true), .customLong("signal")], parsing: .unconditional,
        help: ArgumentHelp("Signal to send to the container (KILL unless said)", valueName: "signal"))
    var signal: String?
    @Argument(help: ArgumentHelp("Names or IDs", valueName: "container"))
    var containers: [String]

    func execute(_ context: CommandContext) throws {
        let signal = try parseOne(signal, of: "-s, --signal", SignalName.parse)
        try forEach(containers, context) { name in
            try context.client().call(ContainerKill(id: name, signal: signal))
            context.print(name)
        }
    }
}

struct ContainerWaitCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Block until one or more containers stop, then print their exit codes",
        usage: "berth wait CONTAINER [CONTAINER...]")

    @Argument(help: ArgumentHelp("Names or IDs", valueName: "container"))
    var containers: [String]

    func execute(_ context: CommandContext) throws {
        try forEach(containers, context) { name in
            let result = try context.client().call(ContainerWait(id: name), timeout: BerthClient.unbounded)
            context.print("\(result.exitCode)")
        }
    }
}

struct ContainerRemoveCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove one or more containers",
        usage: "berth rm [OPTIONS] CONTAINER [CONTAINER...]", aliases: ["remove"])
    static let syntax = FlagSyntax(values: "")

    @Flag(name: .shortAndLong, help: "Force the removal of a running container (uses SIGKILL)")
    var force = false
    @Flag(name: .shortAndLong, help: "Remove anonymous volumes associated with the container")
    var volumes = false
    @Argument(help: ArgumentHelp("Names or IDs", valueName: "container"))
    var containers: [String]

    func execute(_ context: CommandContext) throws {
        try forEach(containers, context) { name in
            do {
                try context.client().call(ContainerRemove(id: name, force: force, volumes: volumes))
            } catch let error as BerthError where force && error.kind == .notFound {
                // With force, what is not there is removed; but the user should know.
                return context.complain(FailureReport.text(error))
            }
            context.print(name)
        }
    }
}

import ArgumentParser
import BerthAPI
import BerthClient

struct ContainerStopCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop one or more running containers",
        usage: "berth stop [OPTIONS] CONTAINER [CONTAINER...]")
    static let syntax = FlagSyntax(values: "st")

    @OptionGroup var stopping: GraceOptions
    @Argument(help: .containers) var names: [String]

    func verb() throws -> Verb<ContainerStop> {
        let (grace, signal) = (stopping.grace, try stopping.signalName())
        var verb = Verb { ContainerStop(id: $0, grace: grace, signal: signal) }
        verb.patience = BerthClient.unbounded
        return verb
    }
}

struct ContainerRestartCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Restart one or more containers",
        usage: "berth restart [OPTIONS] CONTAINER [CONTAINER...]")
    static let syntax = FlagSyntax(values: "st")

    @OptionGroup var stopping: GraceOptions
    @Argument(help: .containers) var names: [String]

    func verb() throws -> Verb<ContainerRestart> {
        let (grace, signal) = (stopping.grace, try stopping.signalName())
        var verb = Verb { ContainerRestart(id: $0, grace: grace, signal: signal) }
        verb.patience = BerthClient.unbounded
        return verb
    }
}

/// How containers are stopped.
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

    func signalName() throws -> String? { try parseOne(signal, of: "-s, --signal", SignalName.parse) }
}

struct ContainerKillCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Kill one or more running containers",
        usage: "berth kill [OPTIONS] CONTAINER [CONTAINER...]")
    static let syntax = FlagSyntax(values: "s")

    @Option(
        name: [.customShort("s", allowingJoined: true), .customLong("signal")], parsing: .unconditional,
        help: ArgumentHelp("Signal to send to the container (KILL unless said)", valueName: "signal"))
    var signal: String?
    @Argument(help: .containers) var names: [String]

    func verb() throws -> Verb<ContainerKill> {
        let signal = try parseOne(signal, of: "-s, --signal", SignalName.parse)
        return Verb { ContainerKill(id: $0, signal: signal) }
    }
}

struct ContainerRemoveCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove one or more containers",
        usage: "berth rm [OPTIONS] CONTAINER [CONTAINER...]", aliases: ["remove"])
    static let syntax = FlagSyntax(values: "")

    @Flag(name: .shortAndLong, help: "Force the removal of a running container (uses SIGKILL)")
    var force = false
    @Flag(name: .shortAndLong, help: "Remove anonymous volumes associated with the container")
    var volumes = false
    @Argument(help: .containers) var names: [String]

    func verb() -> Verb<ContainerRemove> {
        var verb = Verb { ContainerRemove(id: $0, force: force, volumes: volumes) }
        verb.ignoresMissing = force
        return verb
    }
}

extension ArgumentHelp {
    static let containers = ArgumentHelp("Names or IDs", valueName: "container")
}

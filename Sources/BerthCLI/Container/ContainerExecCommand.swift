import ArgumentParser
import BerthAPI
import BerthClient
import JSONRPC
import LinuxSystem

struct ContainerExecCommand: PassingCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Execute a command in a running container",
        usage: "berth exec [OPTIONS] CONTAINER COMMAND [ARG...]")
    static let syntax = FlagSyntax(values: "euw", passing: true)

    @Flag(name: .shortAndLong, help: "Detached mode: run command in the background")
    var detach = false
    @Option(
        name: .customLong("detach-keys"), parsing: .unconditional,
        help: ArgumentHelp("Override the key sequence for detaching a container", valueName: "keys"))
    var detachKeys = DetachKeys.standard
    @Option(
        name: [.customShort("e", allowingJoined: true), .customLong("env")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Set environment variables", valueName: "name[=value]"))
    var environment: [String] = []
    @Option(
        name: .customLong("env-file"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Read in a file of environment variables", valueName: "file"))
    var environmentFiles: [String] = []
    @Flag(name: .shortAndLong, help: "Keep STDIN open even if not attached")
    var interactive = false
    @Flag(help: "Give extended privileges to the command")
    var privileged = false
    @Flag(name: .shortAndLong, help: "Allocate a pseudo-TTY")
    var tty = false
    @Option(
        name: [.customShort("u", allowingJoined: true), .customLong("user")], parsing: .unconditional,
        help: ArgumentHelp("Username or UID", valueName: "name|uid[:group|gid]"))
    var user: String?
    @Option(
        name: [.customShort("w", allowingJoined: true), .customLong("workdir")], parsing: .unconditional,
        help: ArgumentHelp("Working directory inside the container", valueName: "path"))
    var workingDirectory: String?
    @Argument(
        help: ArgumentHelp("The container's name or ID, and the command and its arguments", valueName: "container"))
    var operands: [String] = []

    func execute(_ context: CommandContext) throws {
        let keys = try parseOne(detachKeys, of: "--detach-keys", DetachKeys.parse) ?? []
        let (target, config) = try request(context)
        let selection = StreamSelection(input: interactive)
        let client = try context.client()
        if detach {
            try client.call(ContainerExec(id: target, config: config))
            return
        }
        try selection.checkTerminal(tty, context)
        let reply = try client.reply(to: ContainerExec(id: target, config: config, attach: selection.request(context)))
        let exec = reply.result.exec
        let link = try context.link()
        let exit = Pending<ContainerExecWait.Result>()
        link.wait(for: ContainerExecWait(id: target, exec: exec), exit)
        let foreground = Foreground(
            link: link, streams: context.streams, terminal: tty, input: interactive, detachKeys: keys,
            signalsTo: nil
        ) { size in
            link.tellInOrder(ContainerResize(id: target, exec: exec, rows: size.rows, columns: size.columns))
        }
        let outcome = try foreground.run(stream: try reply.stream(of: "container.exec"), until: exit)
        if case .detached = outcome { link.tellBeforeEnd(ContainerDetach(id: target, exec: exec)) }
        try finish(outcome, exit, context)
    }

    private func request(_ context: CommandContext) throws -> (String, ExecConfig) {
        guard let target = operands.first, !target.isEmpty, operands.count > 1 else { throw MissingArguments(count: 2) }
        var config = ExecConfig(arguments: Array(operands.dropFirst()))
        config.environment = try EnvironmentFlags.variables(environment, environmentFiles, context).nonEmpty
        config.workingDirectory = workingDirectory
        config.user = user
        config.terminal = tty ? true : nil
        config.privileged = privileged ? true : nil
        return (target, config)
    }

    private func finish(
        _ outcome: Foreground.Outcome, _ exit: Pending<ContainerExecWait.Result>, _ context: CommandContext
    ) throws {
        switch outcome {
        case .detached: context.complain("read escape sequence")
        case .signal(let signal): StandardStream.end(by: signal)
        case .outputFailed(let error): throw CommandFailure("write: \(error.errno)")
        case .gaveUp: throw CommandFailure()
        case .ended:
            guard let code = try exit.result?.get().exitCode, code != 0 else { return }
            throw CommandFailure(status: CInt(truncatingIfNeeded: code))
        }
    }
}

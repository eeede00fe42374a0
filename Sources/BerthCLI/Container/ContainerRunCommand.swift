import ArgumentParser
import BerthAPI
import BerthClient
import JSONRPC
import LinuxSystem

struct ContainerRunCommand: PassingCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Create and run a new container from an image",
        usage: "berth run [OPTIONS] IMAGE [COMMAND] [ARG...]",
        discussion: "Everything after the image is the container's own.", helpNames: .long)
    static let failureStatus: CInt = 125
    static let syntax = FlagSyntax(
        values: "aehlmpuvwc", switches: FlagSyntax().switches.filter { $0 != "attach" }, passing: true)

    @Flag(name: .shortAndLong, help: "Run container in background and print container ID")
    var detach = false
    @Option(
        name: [.customShort("a", allowingJoined: true), .customLong("attach")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Attach to STDIN, STDOUT or STDERR", valueName: "stream"))
    var attach: [String] = []
    @Option(
        name: .customLong("detach-keys"), parsing: .unconditional,
        help: ArgumentHelp("Override the key sequence for detaching a container", valueName: "keys"))
    var detachKeys = DetachKeys.standard
    @Option(
        name: .customLong("sig-proxy"),
        help: ArgumentHelp("Proxy received signals to the process", valueName: "true|false"))
    var signalProxy = true
    @OptionGroup var container: ContainerOptions

    var operands: [String] {
        get { container.operands }
        set { container.operands = newValue }
    }

    func execute(_ context: CommandContext) throws {
        let keys = try parseOne(detachKeys, of: "--detach-keys", DetachKeys.parse) ?? []
        let config = try container.config(context)
        if detach, !attach.isEmpty {
            throw InvalidInput("conflicting options: cannot specify both --attach and --detach")
        }
        let selection = try StreamSelection(attach, interactive: container.process.interactive)
        if !detach { try selection.checkTerminal(config.terminal == true, context) }
        let id = try ContainerMaker(context: context, options: container.identity, failureStatus: Self.failureStatus)
            .make(config)
        if detach { return try start(id, config, context) }
        try runAttached(id, config, selection, keys, context)
    }

    private func start(_ id: String, _ config: ContainerConfig, _ context: CommandContext) throws {
        // Also of one that cannot be started: it is there, unless `--rm` takes it away.
        defer { context.print(id) }
        let client = try context.client()
        try Self.removingOnFailure(id, config, client) {
            for warning in try client.call(ContainerStart(id: id)).warnings { context.complain("WARNING: \(warning)") }
        }
    }

    private func runAttached(
        _ id: String, _ config: ContainerConfig, _ selection: StreamSelection, _ keys: [UInt8],
        _ context: CommandContext
    ) throws {
        let (client, link) = (try context.client(), try context.link())
        let exit = Pending<ContainerWait.Result>()
        // Asked before the start, so that no exit is too quick to be seen.
        let condition: ContainerWait.Condition = config.autoRemove == true ? .removed : .nextExit
        link.wait(for: ContainerWait(id: id, condition: condition), exit)
        let request = selection.request(context)
        let reply = try Self.removingOnFailure(id, config, client) {
            try client.reply(to: ContainerStart(id: id, attach: request))
        }
        for warning in reply.result.warnings { context.complain("WARNING: \(warning)") }
        let session = AttachedContainer(
            link: link, context: context, id: id, terminal: config.terminal == true, selection: selection,
            detachKeys: keys, signalProxy: signalProxy)
        try session.run(try reply.stream(of: "container.start"), exit)
    }

    /// A container that should be removed when it exits is also removed when it cannot be started.
    private static func removingOnFailure<R>(
        _ id: String, _ config: ContainerConfig, _ client: BerthClient, _ body: () throws -> R
    ) throws -> R {
        do {
            return try body()
        } catch {
            if config.autoRemove == true {
                // The reason to report is why it did not start.
                _ = try? client.call(ContainerRemove(id: id, force: true, volumes: true))
            }
            throw error
        }
    }
}

extension Reply {
    /// The descriptor that a method's answer carries.
    func stream(of method: String) throws -> SharedDescriptor {
        guard let descriptor = descriptors.first else {
            throw BerthError(.internal, "the answer to \(method) carries no stream")
        }
        return descriptor
    }
}

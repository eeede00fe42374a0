import ArgumentParser
import BerthAPI
import BerthClient
import JSONRPC

struct ContainerStartCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start one or more stopped containers",
        usage: "berth start [OPTIONS] CONTAINER [CONTAINER...]")

    @Flag(name: .shortAndLong, help: "Attach STDOUT/STDERR and forward signals")
    var attach = false
    @Flag(name: .shortAndLong, help: "Attach container's STDIN")
    var interactive = false
    @Option(
        name: .customLong("detach-keys"), parsing: .unconditional,
        help: ArgumentHelp("Override the key sequence for detaching a container", valueName: "keys"))
    var detachKeys = DetachKeys.standard
    @Option(
        name: .customLong("sig-proxy"),
        help: ArgumentHelp("Proxy received signals to the process", valueName: "true|false"))
    var signalProxy = true
    @Argument(help: .containers) var containers: [String]

    func execute(_ context: CommandContext) throws {
        let keys = try parseOne(detachKeys, of: "--detach-keys", DetachKeys.parse) ?? []
        guard attach || interactive else {
            let verb = Verb {
                ContainerStart(id: $0)
            } report: { name, result, context in
                for warning in result.warnings { context.complain("WARNING: \(warning)") }
                context.print(name)
            }
            return try verb.apply(to: containers, context)
        }
        guard containers.count == 1 else {
            throw CommandFailure("you cannot start and attach multiple containers at once")
        }
        try startAttached(containers[0], keys, context)
    }

    private func startAttached(_ name: String, _ keys: [UInt8], _ context: CommandContext) throws {
        let client = try context.client()
        let detail = try client.call(ContainerInspect(id: name))
        let terminal = detail.config.terminal == true
        let selection = StreamSelection(input: interactive && detail.config.openStdin == true)
        try selection.checkTerminal(terminal, context)
        let link = try context.link()
        let exit = Pending<ContainerWait.Result>()
        let condition: ContainerWait.Condition = detail.config.autoRemove == true ? .removed : .nextExit
        link.wait(for: ContainerWait(id: detail.id, condition: condition), exit)
        let reply = try client.reply(to: ContainerStart(id: detail.id, attach: selection.request(context)))
        let session = AttachedContainer(
            link: link, context: context, id: detail.id, terminal: terminal, selection: selection,
            detachKeys: keys, signalProxy: signalProxy)
        try session.run(try reply.stream(of: "container.start"), exit)
    }
}

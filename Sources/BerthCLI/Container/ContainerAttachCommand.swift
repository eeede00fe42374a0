import ArgumentParser
import BerthAPI
import BerthClient
import JSONRPC
import LinuxSystem

struct ContainerAttachCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Attach local standard input, output, and error streams to a running container",
        usage: "berth attach [OPTIONS] CONTAINER")

    @Option(
        name: .customLong("detach-keys"), parsing: .unconditional,
        help: ArgumentHelp("Override the key sequence for detaching a container", valueName: "keys"))
    var detachKeys = DetachKeys.standard
    @Flag(name: .customLong("no-stdin"), help: "Do not attach STDIN")
    var noStdin = false
    @Option(
        name: .customLong("sig-proxy"),
        help: ArgumentHelp("Proxy all received signals to the process", valueName: "true|false"))
    var signalProxy = true
    @Argument(help: "Name or ID")
    var container: String

    func execute(_ context: CommandContext) throws {
        let keys = try parseOne(detachKeys, of: "--detach-keys", DetachKeys.parse) ?? []
        let client = try context.client()
        let detail = try client.call(ContainerInspect(id: container))
        switch detail.state.status {
        case .running: break
        case .paused: throw CommandFailure("You cannot attach to a paused container, unpause it first")
        case .restarting: throw CommandFailure("You cannot attach to a restarting container, wait until it is running")
        default: throw CommandFailure("You cannot attach to a stopped container, start it first")
        }
        let terminal = detail.config.terminal == true
        let selection = StreamSelection(input: !noStdin && detail.config.openStdin == true)
        try selection.checkTerminal(terminal, context)
        let link = try context.link()
        let exit = Pending<ContainerWait.Result>()
        link.wait(for: ContainerWait(id: detail.id, condition: .notRunning), exit)
        let reply = try client.reply(to: ContainerAttach(id: detail.id, attach: selection.request(context)))
        if reply.result.terminal { repaint(detail.id, link, context) }
        let session = AttachedContainer(
            link: link, context: context, id: detail.id, terminal: reply.result.terminal, selection: selection,
            detachKeys: keys, signalProxy: signalProxy && !reply.result.terminal)
        try session.run(try reply.stream(of: "container.attach"), exit)
    }

    /// A program draws its screen anew when the size changes.
    private func repaint(_ id: String, _ link: DaemonLink, _ context: CommandContext) {
        guard let size = context.streams.terminalSize else { return }
        link.tellInOrder(ContainerResize(id: id, rows: size.rows + 1, columns: size.columns + 1))
        link.tellInOrder(ContainerResize(id: id, rows: size.rows, columns: size.columns))
    }
}

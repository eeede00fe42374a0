import BerthAPI
import LinuxSystem

/// A container whose first process runs in the foreground, until it exits or the user detaches.
struct AttachedContainer {
    var link: DaemonLink
    var context: CommandContext
    var id: String
    var terminal: Bool
    var selection: StreamSelection
    var detachKeys: [UInt8]
    var signalProxy: Bool

    /// - Throws: `CommandFailure` with the container's exit code when it is not 0.
    func run(_ stream: SharedDescriptor, _ exit: Pending<ContainerWait.Result>) throws {
        let (link, id) = (link, id)
        let foreground = Foreground(
            link: link, streams: context.streams, terminal: terminal, input: selection.input,
            detachKeys: detachKeys, signalsTo: signalProxy ? id : nil
        ) { size in
            link.tellInOrder(ContainerResize(id: id, rows: size.rows, columns: size.columns))
        }
        switch try foreground.run(stream: stream, until: exit) {
        case .detached:
            context.complain("read escape sequence")
            link.tellBeforeEnd(ContainerDetach(id: id))
        case .signal(let signal): StandardStream.end(by: signal)
        case .outputFailed(let error): throw CommandFailure("write: \(error.errno)")
        case .gaveUp: throw CommandFailure("got 3 SIGTERM/SIGINTs, forcefully exiting")
        case .ended: try finish(exit)
        }
    }

    private func finish(_ exit: Pending<ContainerWait.Result>) throws {
        let result: ContainerWait.Result
        switch exit.result {
        case .success(let answer)?: result = answer
        case .failure(let error)?: throw error
        case nil: throw CommandFailure("the container's exit status is not known", status: 125)
        }
        guard result.exitCode != 0 else { return }
        throw CommandFailure(status: CInt(truncatingIfNeeded: result.exitCode))
    }
}

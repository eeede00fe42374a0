import BerthAPI
import LinuxSystem
import Synchronization

/// An answer that has not come yet.
final class Pending<Value: Sendable>: Sendable {
    private let state = Mutex<Swift.Result<Value, BerthError>?>(nil)

    var result: Swift.Result<Value, BerthError>? { state.withLock { $0 } }

    func set(_ result: Swift.Result<Value, BerthError>) { state.withLock { $0 = result } }
}

/// A container's process in the foreground: its streams, its terminal, its signals, until it has ended.
struct Foreground {
    enum Outcome {
        case ended
        case detached
        /// The client got this signal, and it is not forwarded.
        case signal(CInt)
        /// Nothing can be written to the client's output.
        case outputFailed(SystemError)
        /// The daemon does not answer, and the user has insisted.
        case gaveUp
    }

    private static let windowChanged: CInt = 28
    private static let brokenPipe: CInt = 13
    /// How long output may still come once the process is known to have ended: the shim has sent it by then, unless
    /// something that was left behind holds the stream open.
    private static let grace = Duration.seconds(2)

    var link: DaemonLink
    var streams: StandardDescriptors
    /// The process has a terminal.
    var terminal: Bool
    /// The process reads what is typed.
    var input: Bool
    var detachKeys: [UInt8]
    /// The container that signals are sent to; nil to be ended by them.
    var signalsTo: String?
    /// Tells the daemon of a new size.
    var resize: @Sendable (TerminalSize) -> Void

    /// Runs until the process has ended and everything that it wrote was passed on.
    ///
    /// - Parameter end: the answer that says so.
    func run<End: Sendable>(stream: SharedDescriptor, until end: Pending<End>) throws -> Outcome {
        StandardStream.blockBrokenPipeSignal()
        let raw = terminal && input && Terminal.isTerminal(streams.input) ? try TerminalGuard(streams.input) : nil
        defer { raw?.restore() }
        let ending = signalsTo == nil && raw != nil ? try EndingSignals(link.loop) : nil
        let forwarder = try signalsTo.map { try SignalForwarder(link, container: $0) }
        if terminal { try watchSize() }
        let session = try StreamSession(
            loop: link.loop, stream: stream, decoder: terminal ? RawDecoder() : MultiplexDecoder(),
            output: streams.output, error: streams.error, input: input ? streams.input : nil,
            detachKeys: terminal && input ? detachKeys : [])
        let timer = GraceTimer()
        link.loop.run {
            if session.isDetached || session.failure != nil || ending?.received != nil || forwarder?.gaveUp == true {
                return true
            }
            guard end.result != nil else { return false }
            timer.start(link.loop, Self.grace)
            return session.isFinished || timer.hasFired
        }
        session.finish()
        raw?.restore()
        return outcome(session, ending, forwarder)
    }

    private func outcome(
        _ session: StreamSession, _ ending: EndingSignals?, _ forwarder: SignalForwarder?
    ) -> Outcome {
        if session.isDetached { return .detached }
        if let failure = session.failure {
            return failure.errno == .brokenPipe ? .signal(Self.brokenPipe) : .outputFailed(failure)
        }
        if let signal = ending?.received { return .signal(signal) }
        return forwarder?.gaveUp == true ? .gaveUp : .ended
    }

    private func watchSize() throws {
        let (resize, streams) = (resize, streams)
        try link.loop.onSignal(Self.windowChanged) {
            if let size = streams.terminalSize { resize(size) }
        }
    }
}

/// Ends a wait that could last for ever.
private final class GraceTimer: Sendable {
    private let state = Mutex((started: false, fired: false))

    var hasFired: Bool { state.withLock { $0.fired } }

    func start(_ loop: EventLoop, _ duration: Duration) {
        let isFirst = state.withLock { state in
            defer { state.started = true }
            return !state.started
        }
        if isFirst { loop.schedule(after: duration) { [weak self] in self?.state.withLock { $0.fired = true } } }
    }
}

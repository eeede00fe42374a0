import BerthAPI
import LinuxSystem

/// A copy of this process that makes a process of the container, and then ends.
///
/// What it makes is its child, and becomes the shim's when it ends, because the shim adopts orphans. So the shim never
/// waits for a mount that hangs, and the memory that reading a configuration takes goes with the copy.
///
/// ```
/// shim ──▶ launcher   start (rows, columns), taken
/// launcher ──▶ shim   warning*, pid, terminal (descriptor)?, done | failed
/// ```
///
/// The launcher ends only when the shim has `taken` its last word: until then it keeps the status of its child, should
/// that have ended already.
final class Launcher: @unchecked Sendable {
    // Sendable because it is only used on the loop's thread.

    private let loop: EventLoop
    private let channel: ControlChannel
    private var watch: Watch?
    private let onMessage: (LauncherMessage) -> Void

    /// Starts the copy.
    ///
    /// - Parameters:
    ///   - keeping: descriptors that it goes on with; it has no others.
    ///   - body: what it does; what it throws is reported.
    ///   - onMessage: the last message is `done` or `failed`.
    init(
        _ loop: EventLoop, keeping: [CInt], body: (LauncherProcess) throws -> Void,
        onMessage: @escaping (LauncherMessage) -> Void
    ) throws {
        self.loop = loop
        self.onMessage = onMessage
        channel = try Self.fork(keeping, body)
        watch = try loop.register(channel.raw, .readable) { [weak self] _ in self?.receive() }
    }

    /// The copy's end of the channel goes away with this function: its end tells of the copy's.
    private static func fork(_ keeping: [CInt], _ body: (LauncherProcess) throws -> Void) throws -> ControlChannel {
        let (own, others) = try ControlChannel.pair()
        let shim = CurrentProcess.pid
        switch try cloneProcess([]) {
        case .child: LauncherProcess(channel: others, shim: shim).run(keeping, body)
        case .parent: return own
        }
    }

    private func receive() {
        do {
            guard let message = try channel.receive() else { return end(.failed(.lostLauncher)) }
            guard let parsed = LauncherMessage(message) else { return end(.failed(.lostLauncher)) }
            switch parsed {
            case .done, .failed:
                send(LauncherMessage.taken)
                end(parsed)
            case .pid, .terminal, .warning: onMessage(parsed)
            }
        } catch {
            end(.failed(BerthError(.internal, "the launcher cannot be heard: \(error)")))
        }
    }

    private func end(_ message: LauncherMessage) {
        cancel()
        onMessage(message)
    }

    /// Lets the program begin.
    func start(_ size: TerminalSize?) {
        let numbers = size.map { [$0.rows, $0.columns] } ?? []
        send([LauncherMessage.start] + numbers.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8 & 0xff)] })
    }

    private func send(_ byte: UInt8) { send([byte]) }

    private func send(_ bytes: [UInt8]) {
        // A launcher that is gone says so by the end of its channel.
        do { try channel.send(bytes) } catch { Shim.report("to the launcher: \(error)") }
    }

    /// Listens no more. A launcher that waits for `start` ends when the channel goes away.
    func cancel() {
        if let watch { loop.deregister(watch) }
        watch = nil
    }
}

/// What the launcher tells.
enum LauncherMessage {
    case pid(CInt)
    case terminal(SharedDescriptor)
    case warning(String)
    case done
    case failed(BerthError)

    static let start = UInt8(ascii: "S")
    static let taken = UInt8(ascii: "K")

    fileprivate init?(_ message: borrowing ControlChannel.Message) {
        let text = String(decoding: message.bytes.dropFirst(), as: UTF8.self)
        switch message.bytes.first {
        case UInt8(ascii: "P"):
            guard let pid = CInt(text) else { return nil }
            self = .pid(pid)
        case UInt8(ascii: "T"):
            guard let terminal = message.descriptor else { return nil }
            self = .terminal(terminal)
        case UInt8(ascii: "W"): self = .warning(text)
        case UInt8(ascii: "D"): self = .done
        case UInt8(ascii: "E"):
            let parts = text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { return nil }
            let object = parts[1].isEmpty ? nil : parts[1]
            self = .failed(BerthError(ErrorKind(rawValue: parts[0]), parts[2], object: object))
        default: return nil
        }
    }
}

extension BerthError {
    static var lostLauncher: BerthError {
        BerthError(.internal, "the process that makes the container's processes was lost")
    }
}

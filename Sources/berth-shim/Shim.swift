import BerthAPI
import ContainerRuntime
import JSONRPC
import LinuxSystem
import OCISpec
import ShimStreams

/// One container's shim: parent of its processes, keeper of its streams and of its exit status.
///
/// ```
/// empty ──create──▶ created ──start──▶ running ──(init ends)──▶ ending ──(outputs read, exit.json)──▶ exited
///   ▲                  │ start fails         ▲ pause, resume
///   └──────────────────┘                     └ paused: asked of the cgroup
/// ```
final class Shim: @unchecked Sendable {
    // Sendable because everything happens on the loop's thread, the only one.

    enum Phase {
        case empty
        case created(Launched)
        case running(Launched, startedAt: Timestamp)
        /// The first process has been reaped; its outputs are being read.
        case ending(Launched)
        case exited(Launched, ExitRecord)
    }

    /// What a container consists of from its creation on.
    struct Launched {
        var container: Container
        var streams: ProcessStreams
        var settings: ShimSettings
    }

    let id: String
    let bundle: Bundle
    let loop: EventLoop
    var phase = Phase.empty
    var startedAt: Timestamp?
    var isPaused = false
    var terminalSize: TerminalSize?
    /// Until the container is created; then the streams have it.
    var logStream: SharedDescriptor?
    var execs = ExecTable()
    /// Those who asked to be told of the exit.
    var subscribers: [Connection] = []
    /// Answers to `shim.delete` that wait for the end.
    var deletions: [RequestContext] = []
    var isDeleting = false

    init(id: String, bundle: String, loop: EventLoop, logStream: SharedDescriptor?) {
        self.id = id
        self.bundle = Bundle(path: bundle)
        self.loop = loop
        self.logStream = logStream
    }

    var launched: Launched? {
        switch phase {
        case .empty: nil
        case .created(let launched), .running(let launched, _), .ending(let launched), .exited(let launched, _): launched
        }
    }

    /// The container while its first process runs its program.
    func running() throws -> Launched {
        guard case .running(let launched, _) = phase else { throw refusal("is not running") }
        return launched
    }

    func refusal(_ reason: String) -> BerthError {
        BerthError(.failedPrecondition, "container \(id.prefix(12)) \(reason)", object: "container \(id)")
    }

    /// One line of the shim's own log.
    func report(_ text: String) { Self.report(text) }

    static func report(_ text: String) {
        let line = "\(Timestamp(nanoseconds: Host.now)) \(text)\n"
        var bytes = Array(line.utf8)
        // A full disk must not stop the container: what cannot be written is lost.
        bytes.withUnsafeMutableBytes { _ = try? StreamIO.write(StandardStream.error, UnsafeRawBufferPointer($0)) }
    }

    func subscribe(_ connection: Connection) {
        guard !subscribers.contains(where: { $0 === connection }) else { return }
        subscribers.append(connection)
        connection.onClose { [weak self, weak connection] _ in
            self?.subscribers.removeAll { $0 === connection }
        }
    }
}

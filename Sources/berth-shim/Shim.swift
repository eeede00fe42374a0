import BerthAPI
import JSONRPC
import LinuxSystem
import ShimStreams

/// One container's shim: parent of its processes, keeper of its streams and of its exit status.
///
/// ```
/// empty ─create─▶ creating ─▶ created ─start─▶ starting ─▶ running ─(init ends)─▶ ending ─(exit.json)─▶ exited
///   ▲                │                            │
///   └────────────────┴────────── failed ──────────┘
/// ```
final class Shim: @unchecked Sendable {
    // Sendable because everything happens on the loop's thread, the only one.

    enum Phase {
        case empty
        case creating(Launch)
        case created(Launched, Launch)
        case starting(Launched, Launch)
        case running(Launched)
        /// The first process has been reaped; its outputs are being read.
        case ending(Launched)
        case exited(Launched, ExitRecord)
    }

    /// The first process and what belongs to it.
    struct Launched {
        var pid: CInt
        var pidfd: SharedDescriptor
        var streams: ProcessStreams
        var settings: ShimSettings
    }

    let id: String
    let bundle: Bundle
    let loop: EventLoop
    var phase = Phase.empty
    var startedAt: Timestamp?
    var warnings: [String] = []
    var isPaused = false
    var terminal: SharedDescriptor?
    var terminalSize: TerminalSize?
    /// Until the container is created; then the streams have it.
    var logStream: SharedDescriptor?
    var execs = ExecTable()
    /// Changes of limits that are under way.
    var updates: [Int: Launcher] = [:]
    var updateCount = 0
    var memoryWatch: OutOfMemoryWatch?
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
        case .empty, .creating: nil
        case .created(let launched, _), .starting(let launched, _), .running(let launched), .ending(let launched),
            .exited(let launched, _):
            launched
        }
    }

    /// The container while its first process runs its program.
    func running() throws -> Launched {
        guard case .running(let launched) = phase else { throw refusal("is not running") }
        return launched
    }

    func refusal(_ reason: String) -> BerthError {
        BerthError(.failedPrecondition, "container \(id.prefix(12)) \(reason)", object: "container \(id)")
    }

    /// One line of the shim's own log.
    static func report(_ text: String) {
        let line = "\(Timestamp(nanoseconds: Host.now)) \(text)\n"
        var bytes = Array(line.utf8)
        // A full disk must not stop the container: what cannot be written is lost.
        bytes.withUnsafeMutableBytes { _ = try? StreamIO.write(StandardStream.error, UnsafeRawBufferPointer($0)) }
    }

    func report(_ text: String) { Self.report(text) }

    func subscribe(_ connection: Connection) {
        guard !subscribers.contains(where: { $0 === connection }) else { return }
        subscribers.append(connection)
        connection.onClose { [weak self, weak connection] _ in
            self?.subscribers.removeAll { $0 === connection }
        }
    }
}

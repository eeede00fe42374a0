import BerthAPI
import Confinement
import JSON
import JSONRPC
import LinuxSystem
import Logging
import Synchronization

/// One run of a plugin's executable: its process, its connection and what it said in the handshake.
final class PluginProcess: Sendable {
    let pid: CInt
    let connection: Connection
    let startedAt = MonotonicTime.now
    let heartbeat: Heartbeat
    private let pidfd: SharedDescriptor
    private let outputEnd: SharedDescriptor
    private let handshake = Mutex<PluginInitialize.Result?>(nil)
    private let endReason = Mutex<String?>(nil)
    private let cell: PluginCell?
    private let onViolation: @Sendable (String) -> Void
    private let violation = Mutex<String?>(nil)
    private let ending = Promise<ExitStatus>()

    /// Capabilities named in the handshake.
    var capabilities: Set<String> { Set(handshake.withLock { $0?.capabilities ?? [] }) }
    var version: String? { handshake.withLock { $0?.plugin.version } }
    /// Why the supervisor ended it, when it did.
    var reason: String? { endReason.withLock { $0 } }
    /// Whether it was stopped for trying more than its privileges allow.
    var isViolator: Bool { violation.withLock { $0 != nil } }

    /// Spawns the executable with the listening socket as fd 3 and connects to it; a call made before the plugin
    /// accepts waits in the socket's backlog.
    ///
    /// - Parameters:
    ///   - cell: what it is held in; nil for one that runs as the daemon does.
    ///   - onViolation: is told what it tried beyond its privileges.
    ///   - output: is given the lines that the process writes.
    ///   - tap: sees what goes over its connection.
    ///   - faults: what the wire meets, in the daemon's test mode.
    init(
        package: PluginPackage, instance: String, socket: PluginSocket, cell: PluginCell?, loop: EventLoop,
        logger: Logger, output: OutputHistory, tap: @escaping Connection.Tap, faults: WireFaults?,
        onViolation: @escaping @Sendable (String) -> Void
    ) throws {
        self.cell = cell
        self.onViolation = onViolation
        heartbeat = Heartbeat(loop: loop)
        let (readEnd, writeEnd) = try Pipe().shared()
        var request = SpawnRequest(
            .path(package.executable), arguments: ["\(package.manifest.executable)", instance],
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LISTEN_FDS=1", "BERTH_PLUGIN=\(instance)"])
        // As systemd hands sockets over; the process before may have changed it.
        try UnixSocket.setBlocking(socket.listener.raw)
        let nothing = try openNullDevice()
        request.descriptors = [
            0: nothing, 1: writeEnd, 2: writeEnd, 3: socket.listener,
        ]
        request.newSession = true
        let process = try Self.start(request, package.linkedExecutable ?? package.executable, in: cell, loop)
        pid = process.pid
        pidfd = process.shared()
        outputEnd = readEnd
        try PluginLog.follow(readEnd, on: loop, logger: logger, output: output)
        connection = try Connection(
            socket: try Self.connect(to: socket.path, faults), loop: loop, service: nil, tap: tap)
        try watch(on: loop)
    }

    /// Takes over a process that the program before this one in the daemon's process started.
    init(
        inheriting handover: PluginHandover, output end: SharedDescriptor, socket: PluginSocket, cell: PluginCell?,
        loop: EventLoop, logger: Logger, output: OutputHistory, tap: @escaping Connection.Tap, faults: WireFaults?,
        onViolation: @escaping @Sendable (String) -> Void
    ) throws {
        self.cell = cell
        self.onViolation = onViolation
        heartbeat = Heartbeat(loop: loop)
        pid = handover.pid
        pidfd = try ProcessDescriptor.open(handover.pid).shared()
        // Looked at with the pidfd in hand: from here on the number cannot be another process's.
        guard handover.identity.isAlive else { throw SystemError(.noProcess, "pidfd_open", "\(handover.pid)") }
        outputEnd = end
        try PluginLog.follow(end, on: loop, logger: logger, output: output)
        connection = try Connection(
            socket: try Self.connect(to: socket.path, faults), loop: loop, service: nil, tap: tap)
        try watch(on: loop)
    }

    private static func connect(to path: String, _ faults: WireFaults?) throws -> Descriptor {
        guard let faults else { return try UnixSocket.connect(to: path) }
        return try WireRelay.connect(to: path, faults)
    }

    private func watch(on loop: EventLoop) throws {
        try loop.watchExit(ofProcess: pidfd.raw) { [self] in
            let status = (try? ProcessDescriptor.wait(pidfd.raw, block: false)) ?? nil
            if let excess = cell?.end(on: loop), reason == nil { violated(excess) }
            ending.fulfil(status ?? .exited(code: 255))
            connection.close(reason: "the plugin ended")
        }
        try cell?.watch(on: loop) { [weak self] in self?.violated($0) }
    }

    /// Stops it when it has run into its limits. The kernel tells of that only where it has version 2 of the control
    /// groups, so it is looked at from time to time.
    func checkLimits() {
        if let excess = cell?.excess { violated(excess) }
    }

    private static func start(
        _ request: SpawnRequest, _ program: String, in cell: PluginCell?, _ loop: EventLoop
    ) throws -> SpawnedProcess {
        guard let cell else { return try spawn(request) }
        do {
            var request = request
            try cell.enclose(&request, program)
            return try spawn(request)
        } catch {
            _ = cell.end(on: loop)
            throw error
        }
    }

    /// Stops a process that tried more than it may; the first time is told.
    private func violated(_ tried: String) {
        let isFirst = violation.withLock { violation in
            defer { violation = tried }
            return violation == nil
        }
        guard isFirst else { return }
        kill(because: "was stopped: it tried \(tried), which its manifest does not ask for")
        onViolation(tried)
    }

    /// What the next program of the daemon needs to go on with it.
    func handover(listener: SharedDescriptor, executable: String) -> PluginHandover? {
        guard let identity = ProcessIdentity(pid: pid) else { return nil }
        return PluginHandover(
            pid: pid, startTime: identity.startTime, listener: listener.raw, output: outputEnd.raw,
            executable: executable, cell: cell?.handover)
    }

    /// Waits until the process has ended and was reaped.
    func end() async -> ExitStatus { await ending.value }

    /// As `end`; nil when it goes on for so long.
    func end(within limit: Duration, loop: EventLoop) async -> ExitStatus? {
        let outcome = Promise<ExitStatus?>()
        let timer = loop.schedule(after: limit) { outcome.fulfil(nil) }
        Task { outcome.fulfil(await ending.value) }
        let status = await outcome.value
        loop.cancel(timer)
        return status
    }

    /// The handshake, within five seconds.
    ///
    /// - Throws: `failedPrecondition` for an answer that is not what the manifest says.
    func initialize(
        _ request: PluginInitialize, expecting manifest: PluginManifest
    ) async throws -> PluginInitialize.Result {
        let answer = try await connection.call(request, timeout: .seconds(5))
        guard
            ProtocolRange.current.agreed(with: .init(minimum: answer.protocolVersion, maximum: answer.protocolVersion))
                != nil
        else { throw BerthError(.failedPrecondition, "speaks protocol \(answer.protocolVersion), not 1") }
        let missing = manifest.kinds.filter { !answer.kinds.contains($0) }
        guard missing.isEmpty else {
            throw BerthError(.failedPrecondition, "does not serve kind \(missing[0]) that its manifest names")
        }
        let format = manifest.stateFormat
        guard (format.reads...format.version).contains(answer.stateVersion) else {
            throw BerthError(
                .failedPrecondition,
                "writes state of format \(answer.stateVersion), its manifest says \(format.reads) to \(format.version)",
                hint: "stateVersion in the answer to initialize lies between state.reads and state.version")
        }
        handshake.withLock { $0 = answer }
        return answer
    }

    /// Ends the process now; `end` follows.
    func kill(because reason: String) {
        endReason.withLock { $0 = $0 ?? reason }
        // It fails only when the process is gone already, which is what is wanted.
        try? ProcessDescriptor.signal(pidfd.raw, 9)
    }

    /// Asks for an end: `plugin.shutdown`; SIGKILL after the grace period.
    func shutdown(grace: Duration) async {
        endReason.withLock { $0 = $0 ?? "shut down" }
        _ = try? await connection.call(PluginShutdown(), timeout: grace)
    }
}

import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Synchronization

/// A plugin's executable, run as the supervisor runs it: its listening socket as descriptor 3, `initialize` first.
///
/// The socket outlives the process, which can be killed and started again. Calls block.
public final class PluginUnderTest: Sendable {
    private struct Running {
        var process: SpawnedPlugin
        var connection: Connection
        var handshake: PluginInitialize.Result
    }

    private let executable: String
    private let environment: PluginInitialize
    private let socketPath: String
    private let listener: SharedDescriptor
    private let loop: EventLoop
    private let running = Mutex<Running?>(nil)
    private let timeout: Duration

    /// Starts a plugin.
    ///
    /// - Parameters:
    ///   - directory: an absolute path to an existing folder of the caller's, where state, run directory and socket
    ///     of the plugin come to be; it stays when the plugin has ended.
    ///   - timeout: for each call.
    public init(
        executable: String, directory: String, configuration: JSON = JSON.object([]), timeout: Duration = .seconds(60)
    ) throws {
        self.executable = executable
        self.timeout = timeout
        try makeDirectory("\(directory)/state")
        try makeDirectory("\(directory)/run")
        environment = PluginInitialize(
            instance: "conformance", supervisor: PeerIdentity(name: "berth-conformance", version: "1"),
            configuration: configuration, stateDirectory: "\(directory)/state", runDirectory: "\(directory)/run")
        socketPath = "\(directory)/plugin.sock"
        listener = try UnixSocket.listen(at: socketPath, replacing: true).shared()
        loop = try EventLoop()
        let loop = loop
        try Thread.spawn(name: "conformance") { loop.run() }
        try start()
    }

    deinit {
        kill()
        loop.stop()
    }

    public var pid: CInt? { running.withLock { $0?.process.pid } }
    public var capabilities: Set<String> { Set(running.withLock { $0?.handshake.capabilities ?? [] }) }

    /// Starts the process, when it does not run, and opens the session.
    public func start() throws {
        guard pid == nil else { return }
        let process = try SpawnedPlugin(executable: executable, listener: listener)
        do {
            let connection = try connect()
            let handshake = try connection.callBlocking(environment, timeout: timeout).result
            running.withLock { $0 = Running(process: process, connection: connection, handshake: handshake) }
        } catch {
            process.kill()
            throw (error as? RPCError).map { BerthError($0) } ?? error
        }
    }

    /// Ends the process as a crash does (SIGKILL), and waits for its end.
    public func kill() {
        guard
            let old = running.withLock({ running in
                defer { running = nil }
                return running
            })
        else { return }
        old.process.kill()
        old.connection.close(reason: "the plugin was killed")
    }

    /// Another connection to the plugin's socket. Whoever opens it closes it.
    public func connect() throws -> Connection {
        try Connection(socket: UnixSocket.connect(to: socketPath), loop: loop)
    }

    /// Calls the plugin and waits for the answer.
    ///
    /// - Throws: `BerthError`.
    public func call<M: Method>(_ method: M, descriptors: [SharedDescriptor] = []) throws -> M.Result {
        guard let connection = running.withLock({ $0?.connection }) else {
            throw BerthError(.unavailable, "the plugin does not run")
        }
        do {
            return try connection.callBlocking(method, timeout: timeout, descriptors: descriptors).result
        } catch {
            throw BerthError(error)
        }
    }
}

/// The process, killed at the latest with its owner.
private final class SpawnedPlugin: Sendable {
    let pid: CInt
    private let pidfd: SharedDescriptor
    private let ended = Mutex(false)

    init(executable: String, listener: SharedDescriptor) throws {
        var request = SpawnRequest(
            .path(executable), arguments: [executable],
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LISTEN_FDS=1"])
        let nothing = try openNullDevice()
        request.descriptors = [0: nothing, 1: nothing, 2: try standardError(), 3: listener]
        let process = try spawn(request)
        pid = process.pid
        pidfd = try process.pidfd.duplicate().shared()
    }

    deinit { kill() }

    func kill() {
        ended.withLock { ended in
            guard !ended else { return }
            ended = true
            // Both fail only when the process has been waited for.
            try? ProcessDescriptor.signal(pidfd.raw, 9)
            _ = try? ProcessDescriptor.wait(pidfd.raw)
        }
    }
}

/// A descriptor of this process's own standard error, where the plugin's log goes.
private func standardError() throws(SystemError) -> SharedDescriptor {
    try SharedDescriptor(borrowing: 2)
}

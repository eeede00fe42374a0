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
        var process: RunningPlugin
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
    public var kinds: [String] { running.withLock { $0?.handshake.kinds.map(\.rawValue) ?? [] } }
    public var capabilities: Set<String> { Set(running.withLock { $0?.handshake.capabilities ?? [] }) }

    /// Starts the process, when it does not run, and opens the session.
    public func start() throws {
        guard pid == nil else { return }
        let process = try RunningPlugin(
            PluginStart(
                executable: executable, instance: environment.instance, listener: listener, output: openNullDevice(),
                errors: SharedDescriptor(borrowing: 2)))
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

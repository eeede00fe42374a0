import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

/// What one check works on: the plugin's executable with a scratch folder and a socket that no other check uses. The
/// socket outlives the process, as the supervisor's does.
///
/// ```
/// <scratch>/berth-conformance-…/
///   state/  run/  plugin.sock  stdout  stderr
/// ```
public final class Bench {
    let source: TestedPlugin
    let settings: ConformanceSettings
    let directory: String
    private let name: String
    let transcript = Transcript()
    /// What stands for the host to a network plugin: it never runs in the real one's namespace.
    let host: NetworkSandbox?
    /// What holds its processes in; nil for a plugin that runs unconfined.
    let cells: PluginCells?
    private let listener: SharedDescriptor
    private(set) var process: RunningPlugin?
    private var openSession: Wire?
    private(set) var handshake: PluginInitialize.Result?

    /// - Parameter isolated: whether the plugin runs in a network namespace of its own, which needs root.
    init(_ source: TestedPlugin, _ settings: ConformanceSettings, isolated: Bool) throws {
        host = isolated ? try NetworkSandbox() : nil
        self.source = source
        self.settings = settings
        name = "berth-conformance-\(UInt64.random(in: 0...UInt64.max))"
        directory = "\(settings.scratch)/\(name)"
        for folder in ["state", "run"] { try makeDirectory("\(directory)/\(folder)") }
        listener = try UnixSocket.listen(at: "\(directory)/plugin.sock").shared()
        cells = try Self.cells(source, settings, directory)
    }

    private static func cells(
        _ source: TestedPlugin, _ settings: ConformanceSettings, _ directory: String
    ) throws -> PluginCells? {
        guard let confinement = settings.confinement,
            let plugin = source.confined(settings.configuration, "\(directory)/state", "\(directory)/run")
        else { return nil }
        return try PluginCells(confinement, plugin)
    }

    /// Ends the process and removes the folder.
    func close() throws {
        kill()
        // A driver may have stored names that are no text.
        let scratch = try Folder.open(settings.scratch)
        try withExtendedLifetime(scratch) { try TreeRemover.remove(scratch.raw, BytePath(name)) }
    }

    var stateDirectory: String { "\(directory)/state" }
    var runDirectory: String { "\(directory)/run" }
    var address: WireAddress {
        WireAddress(path: "\(directory)/plugin.sock", timeout: settings.timeout, transcript: transcript)
    }

    // MARK: The process

    /// Starts the process, when it does not run.
    @discardableResult
    func start() throws -> RunningPlugin {
        if let process { return process }
        let folder = try Folder.open(directory)
        let started = try RunningPlugin(
            PluginStart(
                executable: source.executable, instance: source.name, listener: listener,
                output: folder.open("stdout", .append).shared(), errors: folder.open("stderr", .append).shared(),
                host: host, cells: cells))
        process = started
        try settings.interruption.watch(started)
        return started
    }

    /// SIGKILL.
    func kill() {
        process?.kill()
        process = nil
        openSession = nil
    }

    func restart() throws {
        kill()
        try start()
    }

    /// What it wrote to stdout or stderr since the check began.
    func written(to stream: String) -> String {
        let bytes = (try? readFile("\(directory)/\(stream)", limit: 64 << 20)) ?? []
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: Connections

    func connect() throws -> Wire {
        try start()
        return try address.connect()
    }

    /// The supervisor's session: opened, and the handshake done, at the first use after each start.
    var session: Wire {
        get throws {
            if let openSession { return openSession }
            let wire = try connect()
            handshake = try wire.call(initialize())
            openSession = wire
            return wire
        }
    }

    /// The supervisor's first call.
    func initialize() -> PluginInitialize {
        PluginInitialize(
            instance: source.name, supervisor: PeerIdentity(name: "berth-conformance", version: "1"),
            configuration: settings.configuration, stateDirectory: stateDirectory, runDirectory: runDirectory)
    }

    @discardableResult
    func call<M: Method>(_ method: M, descriptors: [SharedDescriptor] = []) throws -> M.Result {
        try session.call(method, descriptors: descriptors)
    }
}

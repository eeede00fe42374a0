import BerthAPI
import ContainerRuntime
import JSON
import LinuxSystem
import OCISpec

/// An OCI runtime other than Berth's own, driven by the command line that runc, crun and their kin have in common.
///
/// ```
/// <bundle>/oci/config.json    the bundle as the runtime takes it: StandardBundle
///             /rootfs
///             /state          the runtime's own state: its --root
///             /NAME.log       what a command of it said; gone when it succeeded
///             /NAME.pid       whom it has started
/// ```
///
/// Each call waits for the runtime, so it is for launchers, never for the shim's loop.
struct OCIRuntime: Sendable {
    /// The executable and its options before the verb.
    let command: [String]
    let id: String
    let bundle: StandardBundle

    init(command: [String], id: String, bundle: String) {
        self.command = command
        self.id = id
        self.bundle = StandardBundle(folder: "\(bundle)/oci")
    }

    /// Who was started, and its terminal.
    struct Started {
        var pid: CInt
        var terminal: SharedDescriptor?
    }

    // MARK: Verbs

    /// Creates the container. The bundle is to be made, in this mount namespace.
    func create(_ streams: StandardStreams?) throws -> Started {
        try start("create", ["--bundle", bundle.folder], streams)
    }

    func start() throws { try run("start", ["start", id]) }

    func kill(_ signal: Int, all: Bool) throws {
        try run("kill", ["kill"] + (all ? ["--all"] : []) + [id, "\(signal)"])
    }

    func pause() throws { try run("pause", ["pause", id]) }

    func resume() throws { try run("resume", ["resume", id]) }

    /// - Parameter resources: as `linux.resources`.
    func update(_ resources: JSON) throws {
        let file = "\(bundle.folder)/update.json"
        try writeFile(file, resources.serialized(), durable: false)
        defer { try? removeFile(file) }
        try run("update", ["update", "--resources", file, id])
    }

    /// Ends what runs and removes the container. What the runtime does not know is gone already.
    func delete() throws {
        guard fileExists("\(bundle.folder)/state/\(id)") else { return }
        try run("delete", ["delete", "--force", id])
    }

    /// Starts a further process; `key` names its files.
    func exec(_ process: RuntimeSpec.Process, key: String, _ streams: StandardStreams?) throws -> Started {
        let file = "exec-\(key).json"
        try bundle.write(process, to: file)
        defer { try? removeFile("\(bundle.folder)/\(file)") }
        return try start("exec", ["--detach", "--process", "\(bundle.folder)/\(file)"], streams, name: "exec-\(key)")
    }

    // MARK: Running it

    /// Runs a verb that starts a process and tells its number in a file, its terminal over a socket.
    private func start(
        _ verb: String, _ options: [String], _ streams: StandardStreams?, name: String? = nil
    ) throws -> Started {
        let name = name ?? verb
        let pidFile = "\(bundle.folder)/\(name).pid"
        defer { try? removeFile(pidFile) }
        let console = streams == nil ? try ConsoleListener(folder: bundle.folder, name: "\(name).tty") : nil
        var words = [verb] + options + ["--pid-file", pidFile]
        if let console { words += ["--console-socket", console.path] }
        try run(name, words + [id], streams)
        let text = String(decoding: try readFile(pidFile, limit: 64), as: UTF8.self)
        guard let pid = CInt(text.filter { !$0.isWhitespace }) else {
            throw BerthError(.internal, "\(self.name) \(verb): no process number but \(text)")
        }
        return Started(pid: pid, terminal: try console?.receive())
    }

    /// The shim has no environment; a runtime looks for its helpers.
    private static let searchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    private var name: String { command[0].split(separator: "/").last.map(String.init) ?? command[0] }

    private func run(_ name: String, _ words: [String], _ streams: StandardStreams? = nil) throws {
        let log = "\(bundle.folder)/\(name).log"
        let options = ["--root", "\(bundle.folder)/state", "--log", log, "--log-format", "json"]
        var request = SpawnRequest(
            .path(command[0]), arguments: command + options + words, environment: [Self.searchPath])
        // The runtime looks for relative names here too: a path of a socket may have 107 bytes only.
        request.directory = try RootFolder.openPlace(bundle.folder).shared()
        if let streams { request.descriptors = [0: streams.input, 1: streams.output, 2: streams.error] }
        let process: SpawnedProcess
        do {
            process = try spawn(request)
        } catch {
            throw BerthError(.failedPrecondition, "runtime \(command[0]): \(error)")
        }
        let status = try ProcessDescriptor.wait(process.pidfd.raw)
        guard let status, status.code == 0 else {
            throw RuntimeFailure(runtime: self.name, log: log, status: status).error
        }
        try? removeFile(log)
    }
}

/// Where a runtime sends the terminal that it made (runc's `--console-socket`): one connection, one message.
private final class ConsoleListener {
    /// Relative to the folder.
    let path: String
    private let socket: Descriptor
    private let place: String

    init(folder: String, name: String) throws {
        path = name
        place = "\(folder)/\(name)"
        socket = try UnixSocket.listen(at: place, replacing: true)
    }

    deinit { try? removeFile(place) }

    /// After the runtime has ended: then it has sent.
    func receive() throws -> SharedDescriptor {
        var descriptors: [SharedDescriptor] = []
        if let connection = try UnixSocket.accept(socket.raw) {
            try withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
                _ = try UnixSocket.receive(connection.raw, into: buffer, descriptors: &descriptors)
            }
        }
        guard let terminal = descriptors.first else {
            throw BerthError(.internal, "the runtime has sent no terminal")
        }
        return terminal
    }
}

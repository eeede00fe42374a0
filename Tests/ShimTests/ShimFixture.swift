import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import OCISpec
import Testing

/// A container that is run by the real shim from a busybox root, and everything about it gone afterwards.
final class ShimFixture: @unchecked Sendable {
    // Sendable because all of it happens on the test's thread.

    let id = "shim-test-\(UInt64.random(in: 0...UInt64.max))"
    let folder: String
    let loop: EventLoop
    private(set) var connection: Connection!
    private(set) var exits: [ExitRecord] = []
    private(set) var shim: ProcessIdentity!
    private var pidfd: SharedDescriptor!
    private(set) var log: LogReader?
    var config: RuntimeSpec
    private var held: SharedDescriptor?

    var bundle: String { "\(folder)/bundle" }
    var cgroupPath: String { "/\(id)" }

    /// - Parameter arguments: of busybox.
    static func with(
        _ arguments: [String], logged: Bool = true, configure: (inout RuntimeSpec) -> Void = { _ in },
        _ body: (ShimFixture) throws -> Void
    ) throws {
        let fixture = try ShimFixture(arguments, logged: logged, configure: configure)
        defer { fixture.cleanUp() }
        try body(fixture)
    }

    private init(_ arguments: [String], logged: Bool, configure: (inout RuntimeSpec) -> Void) throws {
        ignoreBrokenPipes()
        loop = try EventLoop()
        folder = "/tmp/\(id)"
        config = Self.spec(arguments, cgroup: "/\(id)")
        configure(&config)
        try makeDirectory("\(folder)/bundle")
        try Self.makeRoot("\(folder)/bundle/rootfs")
        try writeFile("\(bundle)/config.json", JSON(encoding: config).serialized(), durable: false)
        try spawnShim(logged: logged)
        connection = try connect()
    }

    private static func spec(_ arguments: [String], cgroup: String) -> RuntimeSpec {
        let process = RuntimeSpec.Process(args: arguments, env: ["PATH=/bin"])
        var linux = RuntimeSpec.Linux(
            namespaces: ["pid", "mount", "ipc", "uts", "cgroup", "network"].map { .init(type: $0) })
        linux.cgroupsPath = cgroup
        var spec = RuntimeSpec(root: .init(path: "rootfs"), process: process, linux: linux)
        spec.mounts = [
            .init(destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]),
            .init(destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"]),
            .init(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
        ]
        return spec
    }

    private static func makeRoot(_ root: String) throws {
        for name in ["bin", "proc", "dev", "sys", "etc", "tmp"] { try makeDirectory("\(root)/\(name)", mode: 0o755) }
        let busybox = try readFile("/bin/busybox", limit: 16 << 20)
        for name in ["busybox", "sh", "cat", "true", "sleep", "dd", "stty", "yes", "head", "setsid"] {
            if name == "busybox" {
                try writeNewFile("\(root)/bin/busybox", busybox, mode: 0o755)
            } else {
                try makeLink("busybox", at: "\(root)/bin/\(name)")
            }
        }
        try writeNewFile("\(root)/bin/text", Array("no program".utf8), mode: 0o644)
    }

    // MARK: The shim

    private static var executable: String { "\(parentDirectory(executablePath()))/berth-shim" }

    private func spawnShim(logged: Bool) throws {
        let listener = try UnixSocket.listen(at: "\(bundle)/shim.sock").shared()
        let messages = try openForAppending("\(bundle)/shim.log").shared()
        var request = SpawnRequest(
            .path(Self.executable), arguments: ["berth-shim", "--id", id, "--bundle", bundle])
        request.descriptors = [1: messages, 2: messages, 3: listener]
        if logged { request.descriptors[4] = try openLog(from: 0) }
        let process = try spawn(request)
        shim = ProcessIdentity(pid: process.pid)
        pidfd = try process.pidfd.duplicate().shared()
    }

    func connect() throws -> Connection {
        let listener = ExitListener { [weak self] in self?.exits.append($0) }
        return try Connection(
            socket: try UnixSocket.connect(to: "\(bundle)/shim.sock"), loop: loop, service: listener)
    }

    /// Plays a log driver.
    ///
    /// - Returns: the shim's end.
    func openLog(from sequence: UInt64, acknowledging: Bool = true) throws -> SharedDescriptor {
        let pair = try UnixSocket.pair()
        let log = try LogReader(try pair.first.duplicate(), loop, acknowledging: acknowledging)
        log.send(sequence)
        self.log = log
        return try pair.second.duplicate().shared()
    }

    // MARK: Calls

    func call<M: Method>(_ method: M, _ descriptors: [SharedDescriptor] = []) throws -> M.Result {
        try reply(method, descriptors).result
    }

    func reply<M: Method>(_ method: M, _ descriptors: [SharedDescriptor] = []) throws -> Reply<M.Result> {
        do {
            return try connection.callAndWait(method, timeout: .seconds(120), descriptors: descriptors)
        } catch {
            throw BerthError(error)
        }
    }

    /// Creates and starts with a client attached.
    func startAttached(stdin: Bool = true) throws -> ClientReader {
        _ = try call(ShimCreate())
        let reply = try reply(ShimStart(attach: .init(stdin: stdin, stdout: true, stderr: true)))
        return try client(reply.descriptors)
    }

    func client(_ descriptors: [SharedDescriptor]) throws -> ClientReader {
        try ClientReader(try #require(descriptors.first).duplicate(), loop)
    }

    func start() throws {
        _ = try call(ShimCreate())
        _ = try call(ShimStart())
    }

    func waitForExit(_ location: SourceLocation = #_sourceLocation) throws -> ExitRecord {
        run(location) { !self.exits.isEmpty }
        return try #require(exits.first, sourceLocation: location)
    }

    func run(_ location: SourceLocation = #_sourceLocation, until done: @escaping () -> Bool) {
        let late = Flag()
        let timer = loop.schedule(after: .seconds(120)) { late.isSet = true }
        loop.run { done() || late.isSet }
        loop.cancel(timer)
        #expect(!late.isSet, "waited in vain; shim.log: \(messages)", sourceLocation: location)
    }

    var messages: String { (try? readFile("\(bundle)/shim.log")).map { String(decoding: $0, as: UTF8.self) } ?? "" }

    // MARK: What is left

    /// The container's control group exists, somewhere.
    var hasCgroup: Bool { cgroupFolders.contains(where: fileExists) }

    var cgroupFolders: [String] {
        (try? Cgroup(cgroupPath, in: CgroupLayout.detect()))?.folders ?? []
    }

    func signalShim(_ signal: CInt) throws { try ProcessDescriptor.signal(pidfd.raw, signal) }

    /// A client that speaks as it likes.
    func rawConnection() throws -> ClientReader {
        try ClientReader(try UnixSocket.connect(to: "\(bundle)/shim.sock"), loop)
    }

    /// The shim's end of a log stream whose driver says where to go on from, and then nothing any more.
    func hangingLog() throws -> SharedDescriptor {
        let pair = try UnixSocket.pair()
        held = try pair.first.duplicate().shared()
        return try pair.second.duplicate().shared()
    }

    func killShim() throws { try ProcessDescriptor.signal(pidfd.raw, 9) }

    /// Waits for the shim's end and takes its status.
    func reapShim() throws -> LinuxSystem.ExitStatus? {
        let ended = Flag()
        try loop.watchExit(ofProcess: pidfd.raw) { ended.isSet = true }
        run { ended.isSet }
        return try ProcessDescriptor.wait(pidfd.raw, block: false)
    }

    private func cleanUp() {
        try? killShim()
        _ = try? ProcessDescriptor.wait(pidfd.raw)
        do {
            let layout = try CgroupLayout.detect()
            try Cgroup(cgroupPath, in: layout).remove()
            // Where crun and runc made theirs, and the test did not ask for their removal.
            for group in layout.otherHierarchies.map({ $0 + cgroupPath }) where fileExists(group) {
                #expect(removeEmptyDirectory(group), "\(group) is left")
            }
            try removeDirectory(folder)
        } catch {
            Issue.record("\(id) is left: \(error)")
        }
    }
}

private struct ExitListener: Service {
    let body: @Sendable (ExitRecord) -> Void
    init(_ body: @escaping @Sendable (ExitRecord) -> Void) { self.body = body }
    func handle(_ request: RequestContext) { request.fail(.methodNotFound(request.method)) }
    func handle(_ notification: ReceivedNotification) {
        if let exited = try? notification.params.decode(ShimExited.self) { body(exited.exit) }
    }
}

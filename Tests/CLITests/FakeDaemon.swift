import BerthAPI
import BerthCLI
import Glibc
import JSONRPC
import LinuxSystem
import Synchronization

/// A daemon that answers as a test tells it to, on a socket and a thread of its own.
final class FakeDaemon: Sendable {
    let path: String
    let loop: EventLoop
    let router = Router(errorMapper: { ($0 as? BerthError)?.rpcError ?? .internalError("\($0)") })
    private let listener: Listener
    private let recorded = Mutex<[String]>([])

    /// - Parameter declare: the methods that it answers, besides those of every session.
    init(path: String? = nil, _ declare: (FakeDaemon) -> Void = { _ in }) throws {
        self.path = path ?? "/tmp/berth-cli-test-\(Host.processID)-\(UInt32.random(in: 0 ... .max)).sock"
        loop = try EventLoop()
        listener = try Listener(socket: try UnixSocket.listen(at: self.path), loop: loop, service: router)
        on(Initialize.self) { _, _ in
            Initialize.Result(server: PeerIdentity(name: "fake", version: "9"), protocolVersion: 1)
        }
        declare(self)
        let loop = loop
        try LinuxSystem.Thread.spawn(name: "fake-daemon") { loop.run() }
    }

    /// Answers a method, and notes that it was called.
    func on<M: Method>(_ method: M.Type, _ body: @escaping @Sendable (M, RequestContext) throws -> M.Result) {
        router.on(method) { [weak self] request, context in
            self?.recorded.withLock { $0.append(M.name) }
            return try body(request, context)
        }
    }

    /// The methods that were called, in their order, without `initialize`.
    var calls: [String] { recorded.withLock { $0.filter { $0 != Initialize.name } } }

    /// Goes away as a daemon that is killed does.
    func die() throws {
        try removeFile(path)
        for connection in listener.connections { connection.close() }
    }

    func stop() throws {
        loop.stop()
        try removeFile(path)
    }
}

/// One run of the program with streams that the test holds.
struct CommandRun {
    var status: CInt
    var output: String
    var error: String

    /// - Parameters:
    ///   - input: what standard input is; /dev/null unless said.
    ///   - output: what standard output is; collected unless said.
    ///   - terminal: a terminal's descriptor for all three streams.
    static func run(
        _ arguments: [String], host: String? = nil, input: CInt? = nil, output: CInt? = nil, terminal: CInt? = nil,
        environment: [String: String] = [:]
    ) throws -> CommandRun {
        let null = try openFile("/dev/null", O_RDONLY)
        let (collected, error) = (try Collector(), try Collector())
        var streams = StandardDescriptors(input: input ?? null.raw, output: output ?? collected.end, error: error.end)
        if let terminal { streams = StandardDescriptors(input: terminal, output: terminal, error: terminal) }
        var variables = environment
        if let host { variables["BERTH_HOST"] = "unix://" + host }
        let context = CommandContext(streams: streams) { variables[$0] }
        let status = BerthCommandLine(context).run(arguments)
        return CommandRun(status: status, output: collected.finish(), error: error.finish())
    }
}

/// Takes what is written to a socket, on a thread of its own.
final class Collector: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var ended = false
    }

    private let near: Mutex<SharedDescriptor?>
    private let state = Monitor(State())
    let end: CInt

    /// - Parameter pace: runs before each read.
    init(pace: @escaping @Sendable () -> Void = {}) throws {
        let (near, far) = try UnixSocket.pair().take { first, second in (first.shared(), second.shared()) }
        end = near.raw
        self.near = Mutex(near)
        let state = state
        let loop = try EventLoop()
        try LinuxSystem.Thread.spawn(name: "collector") {
            let watch = try? loop.register(far.raw, .readable) { _ in
                pace()
                withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { buffer in
                    var passed: [SharedDescriptor] = []
                    let count = (try? UnixSocket.receive(far.raw, into: buffer, descriptors: &passed)) ?? 0
                    state.withLock { state in
                        state.bytes += buffer[..<count]
                        if count == 0 { state.ended = true }
                    }
                    if count == 0 { state.wakeAll() }
                }
            }
            loop.run { state.withLock { $0.ended } }
            if let watch { loop.deregister(watch) }
        }
    }

    /// Closes the writing end and gives back what came.
    func finish() -> String { String(decoding: finishBytes(), as: UTF8.self) }

    func finishBytes() -> [UInt8] {
        near.withLock { $0 = nil }
        return state.wait { $0.ended ? $0.bytes : nil } ?? []
    }
}

extension SharedDescriptor {
    /// Writes everything, however long it takes.
    func write(_ bytes: [UInt8]) throws { try StandardStream.write(bytes, to: raw) }
}

/// Opens a file for a test.
func openFile(_ path: String, _ flags: CInt) throws -> SharedDescriptor {
    SharedDescriptor(owning: try systemCall("open", path) { open(path, flags | O_CLOEXEC) })
}

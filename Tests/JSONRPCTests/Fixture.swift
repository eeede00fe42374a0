import Glibc
import JSON
import LinuxSystem
import Synchronization
import Testing

@testable import JSONRPC

/// An event loop on a thread of its own, and a connection on it whose other end is in the test's hands.
final class Fixture: Sendable {
    let loop: EventLoop
    let connection: Connection
    let peer: RawPeer

    private init(limits: Limits, service: (any Service)?, tap: Connection.Tap?) throws {
        loop = try EventLoop()
        let pair = try UnixSocket.pair()
        let ends = pair.take { first, second in (first.shared(), second.shared()) }
        connection = try Connection(
            socket: try ends.0.duplicate(), loop: loop, limits: limits, service: service, tap: tap)
        peer = RawPeer(socket: ends.1)
    }

    static func with(
        limits: Limits = Limits(), service: (any Service)? = nil, tap: Connection.Tap? = nil,
        _ body: (Fixture) throws -> Void
    ) throws {
        let fixture = try Fixture(limits: limits, service: service, tap: tap)
        let ended = fixture.start()
        defer { fixture.end(ended) }
        try body(fixture)
    }

    private func start() -> Monitor<Bool> {
        let ended = Monitor(false)
        do {
            try Thread.spawn(name: "test loop") {
                self.loop.run()
                ended.withLock { $0 = true }
                ended.wakeAll()
            }
        } catch {
            Issue.record(error)
        }
        return ended
    }

    private func end(_ ended: Monitor<Bool>) {
        connection.close()
        loop.stop()
        _ = ended.wait { $0 ? true : nil }
    }
}

/// How long a test waits for what must come; only a failing test waits so long.
var patience: MonotonicTime { .now + .seconds(20) }

/// The other end of a connection, byte by byte.
final class RawPeer: Sendable {
    private struct State {
        var buffer: [UInt8] = []
        var descriptors: [SharedDescriptor] = []
    }

    private let socket: Mutex<SharedDescriptor?>
    private let state = Mutex(State())

    init(socket: SharedDescriptor) { self.socket = Mutex(socket) }

    private var raw: CInt { socket.withLock { $0?.raw ?? -1 } }

    func send(_ text: String, descriptors: [SharedDescriptor] = []) { send(Array(text.utf8), descriptors) }

    func sendLine(_ text: String, descriptors: [SharedDescriptor] = []) {
        send(text + "\n", descriptors: descriptors)
    }

    func send(_ bytes: [UInt8], _ descriptors: [SharedDescriptor] = []) {
        var sent = 0
        while sent < bytes.count {
            let numbers = sent == 0 ? descriptors.map(\.raw) : []
            let rest = bytes[sent...]
            let count = attempt {
                try rest.withUnsafeBytes { try UnixSocket.send(raw, $0, descriptors: numbers) }
            }
            guard let count else { return }
            sent += count
            if count == 0 { wait(for: Int16(POLLOUT)) }
        }
    }

    /// - Returns: 0 when it would block, nil when it failed.
    private func attempt(_ body: () throws -> Int?) -> Int? {
        do {
            return try body() ?? 0
        } catch {
            return nil
        }
    }

    /// The next line, or nil at the end of what the other side sends.
    func line() -> String? {
        while true {
            let line: String? = state.withLock { state in
                guard let end = state.buffer.firstIndex(of: 10) else { return nil }
                defer { state.buffer.removeFirst(end + 1) }
                return String(decoding: state.buffer[..<end], as: UTF8.self)
            }
            if let line { return line }
            guard receive() else { return nil }
        }
    }

    func json() throws -> JSON { try JSON(parsing: try #require(line())) }

    /// The descriptors that have come so far.
    func takeDescriptors() -> [SharedDescriptor] {
        state.withLock { state in
            defer { state.descriptors = [] }
            return state.descriptors
        }
    }

    func shutdownWriting() { try? UnixSocket.shutdownWriting(raw) }

    func close() { socket.withLock { $0 = nil } }

    private func receive() -> Bool {
        guard wait(for: Int16(POLLIN)) else { return false }
        var area = [UInt8](repeating: 0, count: 1 << 16)
        var descriptors: [SharedDescriptor] = []
        let count = attempt {
            try area.withUnsafeMutableBytes { try UnixSocket.receive(raw, into: $0, descriptors: &descriptors) }
        }
        guard let count, count > 0 else { return false }
        state.withLock { state in
            state.buffer += area[..<count]
            state.descriptors += descriptors
        }
        return true
    }

    @discardableResult
    private func wait(for events: Int16) -> Bool {
        var poll = pollfd(fd: raw, events: events, revents: 0)
        let ready = Glibc.poll(&poll, 1, 20_000) > 0
        if !ready { Issue.record("the peer waited too long") }
        return ready
    }
}

/// Something that a handler reports and the test waits for.
final class Event<Value: Sendable>: Sendable {
    private let values = Monitor<[Value]>([])

    func send(_ value: Value) {
        values.withLock { $0.append(value) }
        values.wakeAll()
    }

    /// The next one.
    func next() throws -> Value {
        try #require(values.wait(until: patience) { $0.isEmpty ? nil : $0.removeFirst() })
    }

    var count: Int { values.withLock { $0.count } }
}

struct Echo: JSONRPC.Method {
    static let name = "test.echo"
    static let summary = "Answer what was asked"
    var text: String
    typealias Result = Echo
}

struct Slow: JSONRPC.Method {
    static let name = "test.slow"
    static let summary = "Wait until told"
    var number = 0
    typealias Result = Echo
}

struct Hint: JSONRPC.Notification {
    static let name = "test.hint"
    var text: String
}

/// Keeps each request until the test answers it.
final class Holder: Service {
    let requests = Event<RequestContext>()
    let notifications = Event<ReceivedNotification>()

    func handle(_ request: RequestContext) { requests.send(request) }
    func handle(_ notification: ReceivedNotification) { notifications.send(notification) }
}

func echoRouter() -> Router {
    let router = Router()
    router.on(Echo.self) { params, _ in params }
    return router
}

func echoLine(_ id: Int, _ text: String = "x") -> String {
    #"{"jsonrpc":"2.0","id":\#(id),"method":"test.echo","params":{"text":"\#(text)"}}"#
}

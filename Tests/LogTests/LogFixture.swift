import BerthAPI
import Glibc
import JSON
import JSONRPC
import LinuxSystem
import PluginConformance
import Testing

/// The json-file executable beside this test's, serving a state directory of its own on tmpfs.
final class LogFixture: Sendable {
    let plugin: PluginUnderTest
    let directory: String

    static func with<R>(_ body: (LogFixture) throws -> R) throws -> R {
        let directory = "/dev/shm/berth-log-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(directory)
        defer {
            // Whatever the test found, its folder goes.
            try? removeDirectory(directory)
        }
        let fixture = try LogFixture(directory)
        defer { fixture.plugin.kill() }
        return try body(fixture)
    }

    private init(_ directory: String) throws {
        self.directory = directory
        let bundle = try #require(CommandLine.arguments.first { $0.hasSuffix(".xctest") }, "the test bundle's path")
        let executable = parentDirectory(bundle) + "/berth-json-file"
        try #require(fileExists(executable), "build the product berth-json-file first")
        plugin = try PluginUnderTest(executable: executable, directory: directory)
    }

    func path(_ container: String = "c1", _ index: Int = 0) -> String {
        "\(directory)/state/\(container)/\(container)-json.log" + (index == 0 ? "" : ".\(index)")
    }

    func text(_ container: String = "c1", _ index: Int = 0) throws -> String {
        String(decoding: try readFile(path(container, index), limit: 256 << 20), as: UTF8.self)
    }

    func open(
        _ container: String = "c1", options: [String: String] = [:], labels: [String: String] = [:]
    ) throws -> Shim {
        let pair = try UnixSocket.pair()
        let (ours, theirs) = (try pair.first.duplicate().shared(), try pair.second.duplicate().shared())
        let request = LogOpen(container: container, containerName: "web", labels: labels, options: options)
        let result = try plugin.call(request, descriptors: [theirs])
        #expect(result.path == path(container))
        return try Shim(ours)
    }

    func close(_ container: String = "c1") throws { _ = try plugin.call(LogClose(container: container)) }

    func restart() throws {
        plugin.kill()
        try plugin.start()
    }

    /// Starts reading; the connection is the reader's, since the answer carries a descriptor.
    func reader(_ request: LogRead) throws -> LineReader {
        let connection = try plugin.connect()
        defer { connection.close(reason: "the test has its descriptor") }
        let reply = try connection.callBlocking(request, timeout: .seconds(30))
        return LineReader(try #require(reply.descriptors.first))
    }

    func lines(tail: Int? = nil, _ change: (inout LogRead) -> Void = { _ in }) throws -> [String] {
        var request = LogRead(container: "c1")
        request.tail = tail
        change(&request)
        return try reader(request).all().map(\.text)
    }
}

/// A blocking read that fails a test instead of hanging it.
func receive(_ socket: CInt, atMost limit: Int) throws -> [UInt8] {
    var event = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    try #require(poll(&event, 1, 60_000) == 1, "nothing came within a minute")
    var bytes = [UInt8](repeating: 0, count: limit)
    let input = try bytes.withUnsafeMutableBytes { try StreamIO.read(socket, into: $0) }
    guard case .bytes(let count) = input else { return [] }
    return Array(bytes[..<count])
}

/// The other end of a log stream: keeps what is not acknowledged, as a shim does.
final class Shim {
    let socket: SharedDescriptor
    /// What the driver asked for first.
    let resumed: UInt64
    private(set) var acknowledged: UInt64 = 0
    private var words: [UInt8] = []

    init(_ socket: SharedDescriptor) throws {
        self.socket = socket
        try UnixSocket.setBlocking(socket.raw)
        var bytes: [UInt8] = []
        while bytes.count < 8 {
            let more = try receive(socket.raw, atMost: 8 - bytes.count)
            try #require(!more.isEmpty, "the driver closed the stream")
            bytes += more
        }
        resumed = bytes.withUnsafeBytes { $0.load(as: UInt64.self) }
        acknowledged = resumed
    }

    static func frame(_ payload: [UInt8], at sequence: UInt64, time: Int64, stream: UInt8, flags: UInt8 = 0) -> [UInt8]
    {
        var bytes: [UInt8] = []
        let last = UInt64(payload.count) | UInt64(stream) << 32 | UInt64(flags) << 40
        for word in [sequence, UInt64(bitPattern: time), last] {
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes + payload
    }

    func send(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try UnixSocket.sendAll(socket.raw, $0) } }

    /// Sends a frame and waits until it is stored.
    func write(_ payload: [UInt8], at sequence: UInt64, time: Int64 = second, stream: UInt8 = 1) throws {
        try send(Self.frame(payload, at: sequence, time: time, stream: stream))
        try waitFor(sequence + UInt64(payload.count))
    }

    func waitFor(_ sequence: UInt64) throws {
        while acknowledged < sequence { try #require(try takeAcknowledgement(), "the driver closed the stream") }
    }

    /// - Returns: false when the driver is gone.
    func takeAcknowledgement() throws -> Bool {
        let bytes = try receive(socket.raw, atMost: 4096)
        words += bytes
        while words.count >= 8 {
            acknowledged = Array(words[..<8]).withUnsafeBytes { $0.load(as: UInt64.self) }
            words.removeFirst(8)
        }
        return !bytes.isEmpty
    }

    func end(at sequence: UInt64, time: Int64 = second) throws {
        try send(Self.frame([], at: sequence, time: time, stream: 0, flags: 1))
    }
}

/// 2026-11-23T10:00:00Z
let second: Int64 = 1_795_428_000_000_000_000

struct ReadLine: Equatable {
    var text: String
    var time: Int64
    var stream: UInt8
    var flags: UInt8
}

/// Reads what `log.read` gives.
final class LineReader {
    private let socket: SharedDescriptor
    private var bytes: [UInt8] = []
    private var position = 0

    init(_ socket: SharedDescriptor) { self.socket = socket }

    private func takeLine() -> ReadLine? {
        let start = position
        guard bytes.count - start >= 24 else { return nil }
        let (time, length) = bytes.withUnsafeBytes { bytes in
            (
                bytes.loadUnaligned(fromByteOffset: start + 8, as: Int64.self),
                Int(bytes.loadUnaligned(fromByteOffset: start + 16, as: UInt32.self))
            )
        }
        guard bytes.count - start >= 24 + length else { return nil }
        position = start + 24 + length
        let text = String(decoding: bytes[start + 24..<position], as: UTF8.self)
        return ReadLine(text: text, time: time, stream: bytes[start + 20], flags: bytes[start + 21])
    }

    func all() throws -> [ReadLine] {
        var lines: [ReadLine] = []
        while let line = try next() { lines.append(line) }
        return lines
    }

    func next() throws -> ReadLine? {
        while true {
            if let line = takeLine() { return line }
            bytes.removeFirst(position)
            position = 0
            let more = try receive(socket.raw, atMost: 65_536)
            if more.isEmpty { return nil }
            bytes += more
        }
    }
}

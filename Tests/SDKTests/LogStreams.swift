import BerthAPI
import Glibc
import JSONRPC
import LinuxSystem
import PluginConformance
import Testing

/// What a log driver is tested with: streams into it, readers of what it has.
struct LogStreams {
    /// 2026-11-23T10:00:00Z
    static let second: Int64 = 1_795_428_000_000_000_000
    let fixture: SDKFixture

    static func with(_ example: String, _ body: (LogStreams) throws -> Void) throws {
        try SDKFixture.with(example: example) { try body(LogStreams(fixture: $0)) }
    }

    func open(_ container: String = "c1", options: [String: String] = [:]) throws -> LogShim {
        let pair = try UnixSocket.pair()
        let (ours, theirs) = (try pair.first.duplicate().shared(), try pair.second.duplicate().shared())
        _ = try fixture.plugin.call(LogOpen(container: container, options: options), descriptors: [theirs])
        return try LogShim(ours)
    }

    func close(_ container: String = "c1") throws { _ = try fixture.plugin.call(LogClose(container: container)) }

    func reader(_ container: String = "c1", _ change: (inout LogRead) -> Void = { _ in }) throws -> LogLines {
        var request = LogRead(container: container)
        change(&request)
        return LogLines(try #require(try fixture.reply(request).descriptors.first))
    }

    func lines(_ change: (inout LogRead) -> Void = { _ in }) throws -> [String] { try reader("c1", change).all() }
}

/// A blocking read that fails a test instead of hanging it.
private func receive(_ socket: CInt, atMost limit: Int) throws -> [UInt8] {
    var event = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    try #require(poll(&event, 1, 60_000) == 1, "nothing came within a minute")
    var bytes = [UInt8](repeating: 0, count: limit)
    let input = try bytes.withUnsafeMutableBytes { try StreamIO.read(socket, into: $0) }
    guard case .bytes(let count) = input else { return [] }
    return Array(bytes[..<count])
}

/// The other end of a log stream.
final class LogShim {
    private let socket: SharedDescriptor
    /// What the driver asked for first.
    let resumed: UInt64
    private(set) var acknowledged: UInt64
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

    func send(
        _ payload: [UInt8], at sequence: UInt64, time: Int64 = LogStreams.second, stream: UInt8 = 1, flags: UInt8 = 0
    ) throws {
        var bytes: [UInt8] = []
        let last = UInt64(payload.count) | UInt64(stream) << 32 | UInt64(flags) << 40
        for word in [sequence, UInt64(bitPattern: time), last] {
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
        try (bytes + payload).withUnsafeBytes { try UnixSocket.sendAll(socket.raw, $0) }
    }

    /// Sends a frame and waits until it is stored.
    func write(_ text: String, at sequence: UInt64, stream: UInt8 = 1) throws {
        try send(Array(text.utf8), at: sequence, stream: stream)
        try waitFor(sequence + UInt64(text.utf8.count))
    }

    func end(at sequence: UInt64) throws { try send([], at: sequence, stream: 0, flags: 1) }

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
}

/// Reads the lines that `log.read` gives.
final class LogLines {
    private let socket: SharedDescriptor
    private var bytes: [UInt8] = []
    private var position = 0

    init(_ socket: SharedDescriptor) { self.socket = socket }

    func all() throws -> [String] {
        var lines: [String] = []
        while let line = try next() { lines.append(line) }
        return lines
    }

    /// - Returns: nil at the end.
    func next() throws -> String? {
        while true {
            if let line = take() { return line }
            bytes.removeFirst(position)
            position = 0
            let more = try receive(socket.raw, atMost: 65_536)
            if more.isEmpty { return nil }
            bytes += more
        }
    }

    private func take() -> String? {
        let start = position
        guard bytes.count - start >= 24 else { return nil }
        let length = Int(bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start + 16, as: UInt32.self) })
        guard bytes.count - start >= 24 + length else { return nil }
        position = start + 24 + length
        return String(decoding: bytes[(start + 24)..<position], as: UTF8.self)
    }
}

import LinuxSystem
import ShimStreams

/// A socket of which everything is read on the loop.
class SocketReader: @unchecked Sendable {
    // Sendable because all of it happens on the test's thread.

    private let loop: EventLoop
    private var socket: Descriptor?
    private var watch: Watch?
    private let feeder: Feeder
    fileprivate(set) var bytes: [UInt8] = []
    private(set) var isAtEnd = false

    init(_ socket: consuming Descriptor, _ loop: EventLoop, reading: Bool = true) throws {
        self.loop = loop
        feeder = try Feeder(try socket.duplicate(), loop)
        self.socket = consume socket
        if reading { try startReading() }
    }

    func startReading() throws {
        guard let raw = socket?.raw else { return }
        watch = try loop.register(raw, [.readable]) { [weak self] _ in self?.read(raw) }
    }

    private func read(_ raw: CInt) {
        if readInto(&bytes, raw) == .end {
            isAtEnd = true
            close()
        }
        received()
    }

    func received() {}

    func send(_ bytes: [UInt8]) { feeder.add(bytes) }
    func send(_ text: String) { send(Array(text.utf8)) }

    /// Ends what is sent, when it is sent.
    func shutdown() {
        guard let raw = socket?.raw else { return }
        feeder.whenWritten { try? UnixSocket.shutdownWriting(raw) }
    }

    func close() {
        if let watch { loop.deregister(watch) }
        watch = nil
        socket = nil
        feeder.endWhenWritten()
    }
}

final class ClientReader: SocketReader, @unchecked Sendable {
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// What a test's pattern became of, without the shim's own words.
    var payload: [UInt8] { pieces.filter { $0.stream == 1 }.flatMap(\.bytes) }

    /// What the shim itself has said.
    var notices: [String] {
        pieces.filter { $0.stream == 2 }.map { String(decoding: $0.bytes, as: UTF8.self) }.map {
            String($0.drop { $0 == "\n" })
        }
    }

    private var pieces: [(stream: UInt8, bytes: ArraySlice<UInt8>)] {
        var pieces: [(UInt8, ArraySlice<UInt8>)] = []
        var offset = 0
        while offset + 8 <= bytes.count {
            let length = bytes[offset + 4..<offset + 8].reduce(0) { $0 << 8 | Int($1) }
            guard offset + 8 + length <= bytes.count else { break }
            pieces.append((bytes[offset], bytes[offset + 8..<offset + 8 + length]))
            offset += 8 + length
        }
        return pieces
    }

    /// What came on one stream, in docker's multiplexing.
    func multiplexed(_ stream: UInt8) -> String {
        String(decoding: pieces.filter { $0.stream == stream }.flatMap(\.bytes), as: UTF8.self)
    }
}

/// A log driver.
final class LogReader: SocketReader, @unchecked Sendable {
    private let acknowledging: Bool
    private(set) var frames: [FrameHeader] = []
    private(set) var payload: [UInt8] = []
    private var streams: [UInt8: [UInt8]] = [:]

    func text(of stream: UInt8) -> String { String(decoding: streams[stream] ?? [], as: UTF8.self) }
    var hasEnded: Bool { frames.last?.flags == FrameHeader.endOfLog }

    init(_ socket: consuming Descriptor, _ loop: EventLoop, acknowledging: Bool) throws {
        self.acknowledging = acknowledging
        try super.init(socket, loop)
    }

    func send(_ sequence: UInt64) { send((0..<8).map { UInt8(truncatingIfNeeded: sequence >> UInt64(8 * $0)) }) }

    override func received() {
        var used = 0
        while bytes.count - used >= FrameHeader.size {
            let header = bytes.withUnsafeBytes { FrameHeader($0.baseAddress! + used) }
            let end = used + FrameHeader.size + Int(header.length)
            guard end <= bytes.count else { break }
            frames.append(header)
            payload += bytes[used + FrameHeader.size..<end]
            streams[header.stream, default: []] += bytes[used + FrameHeader.size..<end]
            used = end
            if acknowledging { send(header.sequence + UInt64(header.length)) }
        }
        bytes.removeFirst(used)
    }
}

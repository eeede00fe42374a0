/// How far an attached client has been sent a ring's frames, in docker's multiplexing or raw.
public struct AttachCursor: Sendable {
    /// Bytes of docker's header: stream, three zeroes, the length big-endian.
    public static let headerSize = 8

    /// The first frame that is not wholly sent.
    public private(set) var position: UInt64
    /// Bytes of it that are, the client's header included.
    private var sent = 0
    private let streams: [OutputStream]
    private let raw: Bool

    /// - Parameters:
    ///   - streams: those that the client wants.
    ///   - raw: payloads alone, as from a terminal.
    public init(at position: UInt64, streams: [OutputStream], raw: Bool) {
        self.position = position
        self.streams = streams
        self.raw = raw
    }

    /// Passes frames that the client does not want.
    ///
    /// - Returns: whether there is something to send.
    public mutating func prepare(in ring: borrowing FrameRing) -> Bool {
        while position < ring.end {
            let header = ring.header(at: position)
            if header.length > 0, streams.contains(where: { $0.rawValue == header.stream }) { return true }
            position = ring.next(after: position)
        }
        return false
    }

    /// What is to be sent next, in two pieces, after `prepare` said yes. Valid until the ring is next changed.
    public func withNext<R>(
        in ring: borrowing FrameRing, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws -> R
    ) rethrows -> R {
        let frame = ring.header(at: position)
        let payload = ring.bytes(from: position + UInt64(FrameHeader.size), to: ring.next(after: position))
        let prefix = raw ? 0 : Self.headerSize
        // One little-endian word: byte 0 is the stream, bytes 4 to 7 the length in the other order.
        var word = (UInt64(frame.stream) | UInt64(frame.length.byteSwapped) << 32).littleEndian
        return try withUnsafeBytes(of: &word) { header in
            try body(
                UnsafeRawBufferPointer(rebasing: header[min(sent, prefix)..<prefix]),
                UnsafeRawBufferPointer(rebasing: payload[max(0, sent - prefix)...]))
        }
    }

    /// Notes that the socket took `count` bytes.
    public mutating func advance(_ count: Int, in ring: borrowing FrameRing) {
        sent += count
        guard sent == Int(ring.header(at: position).length) + (raw ? 0 : Self.headerSize) else { return }
        sent = 0
        position = ring.next(after: position)
    }
}

/// How far an attached client has been sent a ring's frames, in docker's multiplexing or raw.
public struct AttachCursor: Sendable {
    /// Bytes of docker's header: stream, three zeroes, the length big-endian.
    public static let headerSize = 8

    /// The first frame that is not wholly sent.
    public private(set) var position: UInt64
    /// Bytes of it that are, the client's header included.
    private var sent = 0
    /// What goes before the ring's frames: the rest of one that was begun, then word of what was left out.
    private var carry: [UInt8] = []
    /// Bytes that were left out and not told of yet.
    private var skipped: UInt64 = 0
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
        if carry.isEmpty, skipped > 0 { carry = takeNotice() }
        if !carry.isEmpty { return true }
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
        guard carry.isEmpty else {
            return try carry.withUnsafeBytes { try body($0, UnsafeRawBufferPointer(start: nil, count: 0)) }
        }
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
        guard carry.isEmpty else { return carry.removeFirst(count) }
        sent += count
        guard sent == Int(ring.header(at: position).length) + (raw ? 0 : Self.headerSize) else { return }
        sent = 0
        position = ring.next(after: position)
    }

    /// Whether everything was sent.
    public func isDone(_ ring: borrowing FrameRing) -> Bool { position == ring.end && carry.isEmpty && skipped == 0 }

    // MARK: Leaving out

    /// Leaves out what the client has not been sent, up to the ring's end; it will be told how much that was. A frame
    /// that was begun is ended, or the client would lose its place.
    public mutating func skip(in ring: borrowing FrameRing) {
        if sent > 0 {
            carry += withNext(in: ring) { header, payload in Array(header) + Array(payload) }
            sent = 0
            position = ring.next(after: position)
        }
        while position < ring.end {
            let header = ring.header(at: position)
            if streams.contains(where: { $0.rawValue == header.stream }) { skipped += UInt64(header.length) }
            position = ring.next(after: position)
        }
    }

    private mutating func takeNotice() -> [UInt8] {
        let end = raw ? "\r\n" : "\n"
        let text = "\(end)berth: \(skipped) bytes of output were left out: this client did not keep up\(end)"
        skipped = 0
        let length = UInt32(text.utf8.count)
        let header: [UInt8] = [
            OutputStream.stderr.rawValue, 0, 0, 0, UInt8(length >> 24), UInt8(length >> 16 & 0xff),
            UInt8(length >> 8 & 0xff), UInt8(length & 0xff),
        ]
        return (raw ? [] : header) + Array(text.utf8)
    }
}

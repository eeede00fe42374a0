/// How far a log driver has been sent a ring's frames, and how far it has stored them.
///
/// Frames between `acknowledged` and `sent` are kept, to be sent again to the driver's successor. `sent` can lie within
/// a frame, as far as the socket took it.
public struct LogCursor: Sendable {
    /// The first frame that is not known to be stored.
    public private(set) var acknowledged: UInt64
    public private(set) var sent: UInt64
    /// The first frame not wholly sent: the one that `sent` lies in, or `sent` itself.
    private var frame: UInt64
    /// What is to be sent before the ring's bytes at `sent`: the rest of a frame of which the driver has the beginning.
    public private(set) var carry: [UInt8] = []
    /// Frames that were never sent because the driver was too slow (non-blocking mode).
    public private(set) var dropped = 0

    public init(at position: UInt64) {
        acknowledged = position
        sent = position
        frame = position
    }

    /// Whether the socket has taken everything.
    public func hasSentAll(of ring: borrowing FrameRing) -> Bool { carry.isEmpty && sent == ring.end }

    /// Notes that the socket took `count` bytes, of the carry as long as there is one.
    public mutating func advance(_ count: Int, in ring: borrowing FrameRing) {
        guard carry.isEmpty else {
            carry.removeFirst(count)
            return
        }
        sent += UInt64(count)
        while frame < sent {
            let next = ring.next(after: frame)
            guard next <= sent else { return }
            frame = next
        }
    }

    /// Notes that the driver has stored all payload bytes below `sequence`.
    ///
    /// - Returns: false when it acknowledges what it was not sent.
    public mutating func acknowledge(_ sequence: UInt64, in ring: borrowing FrameRing) -> Bool {
        while acknowledged < frame {
            let header = ring.header(at: acknowledged)
            guard header.sequence + UInt64(header.length) <= sequence else { return true }
            acknowledged = ring.next(after: acknowledged)
        }
        // It may have stored the part that it has of the frame that is on its way.
        return sequence <= ring.sequence(at: frame) + sent - frame
    }

    /// A new driver wants what follows `sequence`: what was stored is not sent again, not even in part.
    ///
    /// - Returns: false when it claims to have more than there ever was.
    public mutating func resume(from sequence: UInt64, in ring: borrowing FrameRing) -> Bool {
        carry = []
        defer { (sent, frame) = (frame, frame) }
        frame = acknowledged
        while frame < ring.end {
            let header = ring.header(at: frame)
            // Of the end of the log no sequence says whether it was stored: it is sent again.
            guard header.flags & FrameHeader.endOfLog == 0, header.sequence < sequence else { break }
            let stored = sequence - header.sequence
            if stored < header.length {
                carry = rest(of: frame, after: Int(stored), in: ring)
                frame = ring.next(after: frame)
                return true
            }
            frame = ring.next(after: frame)
            acknowledged = frame
        }
        return sequence <= ring.sequence
    }

    /// Gives up the oldest frame, so that the container need not wait. Of one that is on its way the rest is kept aside,
    /// or the driver would lose its place.
    public mutating func dropOldest(in ring: borrowing FrameRing) {
        let next = ring.next(after: acknowledged)
        if acknowledged == frame {
            if sent > frame { carry.append(contentsOf: ring.bytes(from: sent, to: next)) } else { dropped += 1 }
            frame = next
            sent = next
        }
        acknowledged = next
    }

    /// A frame of its own for the payload of the frame at `position` after the first `stored` bytes.
    private func rest(of position: UInt64, after stored: Int, in ring: borrowing FrameRing) -> [UInt8] {
        var header = ring.header(at: position)
        header.sequence += UInt64(stored)
        header.length -= UInt32(stored)
        let payload = ring.bytes(from: position, to: ring.next(after: position)).dropFirst(FrameHeader.size + stored)
        return [UInt8](unsafeUninitializedCapacity: FrameHeader.size + payload.count) { buffer, count in
            header.store(to: buffer.baseAddress!)
            for (index, byte) in payload.enumerated() { buffer[FrameHeader.size + index] = byte }
            count = FrameHeader.size + payload.count
        }
    }
}

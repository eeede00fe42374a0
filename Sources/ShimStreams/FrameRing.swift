import LinuxSystem

/// The output of a process, as log frames one after another, until everybody who reads it has had it.
///
/// Positions are bytes since the beginning, headers included; they only grow. Readers (the log stream, attached
/// clients) hold positions of their own: a byte is kept in one place, however many read it.
///
/// ```
/// … freed | header payload | header payload | header payload | free …
///         ↑ start                                            ↑ end
/// ```
public struct FrameRing: ~Copyable {
    /// Room beyond the limit: after the process's end, what is still in its two pipes (at most 1 MiB each) must fit
    /// even when nobody reads.
    private static let capacity = 4 << 20
    /// The least worth a read(2).
    private static let smallestRead = 16 << 10

    /// Bytes kept before `reserve` says no.
    public var limit: Int
    public private(set) var start: UInt64 = 0
    public private(set) var end: UInt64 = 0
    /// Payload bytes since the beginning.
    public private(set) var sequence: UInt64 = 0
    private var memory: MirroredMemory?
    /// The position that lies at the beginning of the memory.
    private var origin: UInt64 = 0

    public init(limit: Int = 1 << 20) { self.limit = limit }

    public var count: Int { Int(end - start) }
    public var isEmpty: Bool { start == end }
    public var isFull: Bool { limit - count - FrameHeader.size < min(Self.smallestRead, limit / 2) }
    public var hasMemory: Bool { memory != nil }

    /// No bound but the memory's size from here on: the process has ended and its pipes are drained.
    public mutating func liftLimit() { limit = Self.capacity }

    /// Where the next payload can be read into, at most 64 KiB; nil when the ring is full.
    public mutating func reserve() throws(SystemError) -> UnsafeMutableRawBufferPointer? {
        guard !isFull else { return nil }
        let free = limit - count - FrameHeader.size
        let place = try address(of: end) + FrameHeader.size
        return UnsafeMutableRawBufferPointer(start: place, count: min(free, FrameHeader.maximumPayload))
    }

    /// Makes a frame of the first `count` bytes at the place that `reserve` gave.
    public mutating func commit(_ count: Int, _ stream: OutputStream, time: Int64) throws(SystemError) {
        let header = FrameHeader(
            sequence: sequence, time: time, length: UInt32(count), stream: stream.rawValue)
        header.store(to: try address(of: end))
        end += UInt64(FrameHeader.size + count)
        sequence += UInt64(count)
    }

    /// The last frame, without payload.
    public mutating func commitEnd(time: Int64) throws(SystemError) {
        FrameHeader(sequence: sequence, time: time, length: 0, stream: 0, flags: FrameHeader.endOfLog)
            .store(to: try address(of: end))
        end += UInt64(FrameHeader.size)
    }

    /// The frame that begins at a position in `start ..< end`.
    public borrowing func header(at position: UInt64) -> FrameHeader { FrameHeader(pointer(position)) }

    /// The position after the frame that begins at `position`.
    public borrowing func next(after position: UInt64) -> UInt64 {
        position + UInt64(FrameHeader.size) + UInt64(header(at: position).length)
    }

    /// Payload bytes before the frame at `position`, which may be `end`.
    public borrowing func sequence(at position: UInt64) -> UInt64 {
        position == end ? sequence : header(at: position).sequence
    }

    /// Everything from a position on, in one piece. Valid until the ring is next changed.
    public borrowing func bytes(from position: UInt64, to limit: UInt64) -> UnsafeRawBufferPointer {
        guard position < limit else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: pointer(position), count: Int(limit - position))
    }

    /// Frees what lies before a position.
    public mutating func discard(before position: UInt64) {
        start = max(start, min(position, end))
        // An empty ring begins again at the beginning of its memory, so that little output touches few pages.
        if isEmpty { origin = end }
    }

    /// Gives the memory back; nothing happens while there is something in it.
    public mutating func release() {
        if isEmpty { memory = nil }
    }

    private borrowing func pointer(_ position: UInt64) -> UnsafeRawPointer {
        switch memory {
        case .some(let memory): UnsafeRawPointer(memory.base + Int(position - origin) % Self.capacity)
        case .none: preconditionFailure("an empty ring has no frames")
        }
    }

    private mutating func address(of position: UInt64) throws(SystemError) -> UnsafeMutableRawPointer {
        if memory == nil { memory = try MirroredMemory(size: Self.capacity) }
        return UnsafeMutableRawPointer(mutating: pointer(position))
    }
}

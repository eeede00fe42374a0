/// Which of a process's outputs a frame came from, as docker numbers them.
public enum OutputStream: UInt8, Sendable {
    case stdout = 1
    case stderr = 2
}

/// What precedes each payload on the log stream (Docs/run.md, "Log frame"): 24 bytes, little-endian.
public struct FrameHeader: Hashable, Sendable {
    public static let size = 24
    public static let maximumPayload = 65_536
    public static let endOfLog: UInt8 = 1

    /// Payload bytes of this log before this frame.
    public var sequence: UInt64
    /// Nanoseconds since 1970.
    public var time: Int64
    /// Bytes of payload.
    public var length: UInt32
    /// 1 stdout, 2 stderr, 0 for the end of the log.
    public var stream: UInt8
    public var flags: UInt8

    public init(sequence: UInt64, time: Int64, length: UInt32, stream: UInt8, flags: UInt8 = 0) {
        self.sequence = sequence
        self.time = time
        self.length = length
        self.stream = stream
        self.flags = flags
    }

    /// Reads a header from 24 bytes.
    public init(_ bytes: UnsafeRawPointer) {
        sequence = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        time = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self))
        length = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
        stream = bytes.loadUnaligned(fromByteOffset: 20, as: UInt8.self)
        flags = bytes.loadUnaligned(fromByteOffset: 21, as: UInt8.self)
    }

    /// Writes the header's 24 bytes.
    public func store(to bytes: UnsafeMutableRawPointer) {
        bytes.storeBytes(of: sequence.littleEndian, as: UInt64.self)
        bytes.storeBytes(of: time.littleEndian, toByteOffset: 8, as: Int64.self)
        bytes.storeBytes(of: length.littleEndian, toByteOffset: 16, as: UInt32.self)
        bytes.storeBytes(of: stream, toByteOffset: 20, as: UInt8.self)
        bytes.storeBytes(of: flags, toByteOffset: 21, as: UInt8.self)
        bytes.storeBytes(of: 0, toByteOffset: 22, as: UInt16.self)
    }
}

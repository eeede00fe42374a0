/// What precedes each payload on a log stream (Docs/run.md, "Log frame").
public struct LogFrame: Sendable {
    /// Bytes of the header.
    public static let size = 24
    public static let maximumPayload = 65_536
    public static let endOfLog: UInt8 = 1
    public static let partialLine: UInt8 = 2

    /// Payload bytes of this log before this frame.
    public var sequence: UInt64
    /// Nanoseconds since 1970.
    public var time: Int64
    public var length: Int
    /// 1 stdout, 2 stderr.
    public var stream: UInt8
    public var flags: UInt8

    public var isEnd: Bool { flags & Self.endOfLog != 0 }

    /// - Returns: nil when no driver could go on after such a header.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        sequence = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        time = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self))
        length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)))
        (stream, flags) = (bytes[20], bytes[21])
        guard length <= Self.maximumPayload, isEnd ? length == 0 : stream == 1 || stream == 2 else { return nil }
    }

    public init(sequence: UInt64, time: Int64, length: Int, stream: UInt8, flags: UInt8 = 0) {
        self.sequence = sequence
        self.time = time
        self.length = length
        self.stream = stream
        self.flags = flags
    }

    /// Gives the header's bytes to `append`, in three parts.
    public func write(_ append: (UnsafeRawBufferPointer) -> Void) {
        let high = UInt64(UInt32(length)) | UInt64(stream) << 32 | UInt64(flags) << 40
        for word in [sequence, UInt64(bitPattern: time), high] { withUnsafeBytes(of: word.littleEndian, append) }
    }
}

/// A frame with its payload.
public struct LogChunk: Sendable {
    public var frame: LogFrame
    public var payload: [UInt8]

    public init(_ frame: LogFrame, payload: [UInt8]) {
        self.frame = frame
        self.payload = payload
    }

    /// As it stands on a stream.
    public func append(to bytes: inout [UInt8]) {
        frame.write { bytes.append(contentsOf: $0) }
        bytes += payload
    }
}

/// Cuts a stream of bytes into frames.
public struct LogFrameParser: Sendable {
    private var held: [UInt8] = []

    public init() {}

    /// Bytes of a frame that has not come to its end.
    public var pending: Int { held.count }

    /// - Throws: `LogStreamError` for what is no frame: nothing on the stream can be told any more.
    public mutating func feed(_ bytes: some Sequence<UInt8>) throws(LogStreamError) -> [LogChunk] {
        held += bytes
        var (chunks, start) = ([LogChunk](), 0)
        while held.count - start >= LogFrame.size {
            let header = held.withUnsafeBytes { LogFrame(UnsafeRawBufferPointer(rebasing: $0[start...])) }
            guard let frame = header else { throw LogStreamError("what came is no log frame") }
            let payload = start + LogFrame.size
            guard held.count - payload >= frame.length else { break }
            start = payload + frame.length
            chunks.append(LogChunk(frame, payload: Array(held[payload..<start])))
        }
        held.removeFirst(start)
        return chunks
    }
}

/// Why a log stream was left.
public struct LogStreamError: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

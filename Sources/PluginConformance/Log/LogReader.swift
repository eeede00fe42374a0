import LinuxSystem

/// What `log.read` gives: whole lines, as log frames.
final class LogReader {
    struct Line: Equatable {
        var text: String
        /// Nanoseconds since 1970.
        var time: Int64
        var stream: UInt8
        /// Bit 1: the line goes on in the next frame of its stream.
        var flags: UInt8
    }

    private let socket: SharedDescriptor
    private let timeout: Duration
    private var bytes: [UInt8] = []
    private var position = 0

    init(_ socket: SharedDescriptor, timeout: Duration) throws {
        self.socket = socket
        self.timeout = timeout
        try UnixSocket.setNonBlocking(socket.raw)
    }

    /// The next line.
    ///
    /// - Returns: nil when the driver has closed the stream.
    func next() throws -> Line? {
        while true {
            if let line = try takeLine() { return line }
            bytes.removeFirst(position)
            position = 0
            guard let more = try receiveBytes(socket.raw, 65536, timeout: timeout, "the driver sends no line") else {
                try require(bytes.isEmpty, "the reader's stream ends in the middle of a frame")
                return nil
            }
            bytes += more
        }
    }

    /// Every line up to the end of the stream.
    func all() throws -> [Line] {
        var lines: [Line] = []
        while let line = try next() { lines.append(line) }
        return lines
    }

    private func takeLine() throws -> Line? {
        let start = position
        guard bytes.count - start >= 24 else { return nil }
        let (time, length) = bytes.withUnsafeBytes { bytes in
            (
                Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: start + 8, as: Int64.self)),
                Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start + 16, as: UInt32.self)))
            )
        }
        try require(length <= 65536, "a frame of \(length) bytes was sent to a reader")
        guard bytes.count - start >= 24 + length else { return nil }
        position = start + 24 + length
        let text = String(decoding: bytes[start + 24..<position], as: UTF8.self)
        return Line(text: text, time: time, stream: bytes[start + 20], flags: bytes[start + 21])
    }
}

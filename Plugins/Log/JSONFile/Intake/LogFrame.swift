/// What precedes each payload on a log stream (Docs/run.md, "Log frame").
struct LogFrame {
    static let size = 24
    static let maximumPayload = 65_536
    static let endOfLog: UInt8 = 1
    static let partialLine: UInt8 = 2

    var sequence: UInt64
    /// Nanoseconds since 1970.
    var time: Int64
    var length: Int
    /// 1 stdout, 2 stderr.
    var stream: UInt8
    var flags: UInt8

    var isEnd: Bool { flags & Self.endOfLog != 0 }

    /// - Returns: nil when no driver could go on after such a header.
    init?(_ bytes: [UInt8]) {
        let header = bytes.withUnsafeBytes { bytes in
            (
                UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self)),
                Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self)),
                Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self)))
            )
        }
        (sequence, time, length) = header
        (stream, flags) = (bytes[20], bytes[21])
        guard length <= Self.maximumPayload, isEnd ? length == 0 : stream == 1 || stream == 2 else { return nil }
    }

    init(sequence: UInt64, time: Int64, length: Int, stream: UInt8, flags: UInt8) {
        self.sequence = sequence
        self.time = time
        self.length = length
        self.stream = stream
        self.flags = flags
    }

    func append(to buffer: OutputBuffer) {
        let high = UInt64(UInt32(length)) | UInt64(stream) << 32 | UInt64(flags) << 40
        for word in [sequence, UInt64(bitPattern: time), high] {
            withUnsafeBytes(of: word.littleEndian) { buffer.append($0) }
        }
    }
}

import BerthAPI

/// Log frames (Docs/run.md, "Log frame"): a little-endian header of 24 bytes, then a line, or a part of one.
struct LogFrameDecoder: FrameDecoder {
    private static let headerSize = 24
    private static let endFlag: UInt8 = 1
    private static let partialFlag: UInt8 = 2

    /// Puts each line's time before it.
    let timestamps: Bool
    private var header: [UInt8] = []
    private var remaining = 0
    private var stream = OutputStream.output
    /// The frame before this one of the stream was a part of a line: this one goes on with it.
    private var continues: [OutputStream: Bool] = [:]

    init(timestamps: Bool) { self.timestamps = timestamps }

    mutating func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (OutputStream, UnsafeRawBufferPointer) -> Void) {
        var rest = bytes
        while !rest.isEmpty {
            if remaining == 0 {
                let missing = Self.headerSize - header.count
                header += rest.prefix(missing)
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(missing))
                if header.count == Self.headerSize { beginFrame(emit) }
            } else {
                let payload = UnsafeRawBufferPointer(rebasing: rest.prefix(remaining))
                emit(stream, payload)
                remaining -= payload.count
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(payload.count))
            }
        }
    }

    private mutating func beginFrame(_ emit: (OutputStream, UnsafeRawBufferPointer) -> Void) {
        func integer(_ range: Range<Int>) -> UInt64 { header[range].reversed().reduce(0) { $0 << 8 | UInt64($1) } }
        let time = Timestamp(nanoseconds: Int64(truncatingIfNeeded: integer(8..<16)))
        let flags = header[21]
        stream = OutputStream(rawValue: header[20]) ?? .output
        remaining = Int(integer(16..<20))
        header.removeAll(keepingCapacity: true)
        guard flags & Self.endFlag == 0 else { return }
        if timestamps, continues[stream] != true, remaining > 0 {
            Array("\(time) ".utf8).withUnsafeBytes { emit(stream, $0) }
        }
        continues[stream] = flags & Self.partialFlag != 0
    }
}

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
    private var continues: (output: Bool, error: Bool) = (false, false)

    init(timestamps: Bool) { self.timestamps = timestamps }

    mutating func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (OutputStream, UnsafeRawBufferPointer) -> Void) {
        var rest = bytes
        while !rest.isEmpty {
            if remaining == 0, header.isEmpty, rest.count >= Self.headerSize {
                beginFrame(UnsafeRawBufferPointer(rebasing: rest.prefix(Self.headerSize)), emit)
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(Self.headerSize))
            } else if remaining == 0 {
                let missing = Self.headerSize - header.count
                header += rest.prefix(missing)
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(missing))
                guard header.count == Self.headerSize else { return }
                let whole = header
                header = []
                whole.withUnsafeBytes { beginFrame($0, emit) }
            } else {
                let payload = UnsafeRawBufferPointer(rebasing: rest.prefix(remaining))
                emit(stream, payload)
                remaining -= payload.count
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(payload.count))
            }
        }
    }

    private mutating func beginFrame(
        _ header: UnsafeRawBufferPointer, _ emit: (OutputStream, UnsafeRawBufferPointer) -> Void
    ) {
        let time = Int64(littleEndian: header.loadUnaligned(fromByteOffset: 8, as: Int64.self))
        let flags = header[21]
        stream = OutputStream(rawValue: header[20]) ?? .output
        remaining = Int(UInt32(littleEndian: header.loadUnaligned(fromByteOffset: 16, as: UInt32.self)))
        guard flags & Self.endFlag == 0 else { return }
        if timestamps, !isContinuing, remaining > 0 {
            Array("\(Timestamp(nanoseconds: time)) ".utf8).withUnsafeBytes { emit(stream, $0) }
        }
        isContinuing = flags & Self.partialFlag != 0
    }

    private var isContinuing: Bool {
        get { stream == .error ? continues.error : continues.output }
        set { if stream == .error { continues.error = newValue } else { continues.output = newValue } }
    }
}

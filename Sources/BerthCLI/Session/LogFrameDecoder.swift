import BerthAPI

/// Log frames (Docs/run.md, "Log frame"): a little-endian header of 24 bytes, then a line, or a part of one.
struct LogFrameDecoder: FrameDecoder {
    private static let headerSize = 24
    private static let endFlag: UInt8 = 1
    private static let partialFlag: UInt8 = 2

    /// Puts each line's time before it.
    let timestamps: Bool
    /// Kept by who may have to take the log up again.
    private let place: LogPlace
    /// Bytes of the frame that have been shown before.
    private var shown = 0
    /// The line's time, until its first bytes are there to go with it.
    private var pendingTime: Int64?
    private var header: [UInt8] = []
    private var remaining = 0
    private var stream = OutputStream.output
    /// The frame before this one of the stream was a part of a line: this one goes on with it.
    private var continues: (output: Bool, error: Bool) = (false, false)

    init(timestamps: Bool, place: LogPlace = LogPlace()) {
        self.timestamps = timestamps
        self.place = place
    }

    mutating func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (OutputStream, UnsafeRawBufferPointer) -> Void) {
        var rest = bytes
        while !rest.isEmpty {
            if remaining == 0, header.isEmpty, rest.count >= Self.headerSize {
                beginFrame(UnsafeRawBufferPointer(rebasing: rest.prefix(Self.headerSize)))
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(Self.headerSize))
            } else if remaining == 0 {
                let missing = Self.headerSize - header.count
                header += rest.prefix(missing)
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(missing))
                guard header.count == Self.headerSize else { return }
                let whole = header
                header = []
                whole.withUnsafeBytes { beginFrame($0) }
            } else {
                let payload = UnsafeRawBufferPointer(rebasing: rest.prefix(remaining))
                remaining -= payload.count
                let known = min(shown, payload.count)
                shown -= known
                if known < payload.count { show(UnsafeRawBufferPointer(rebasing: payload[known...]), emit) }
                place.position.advance(payload.count, isWhole: remaining == 0)
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(payload.count))
            }
        }
    }

    private mutating func beginFrame(_ header: UnsafeRawBufferPointer) {
        let time = Int64(littleEndian: header.loadUnaligned(fromByteOffset: 8, as: Int64.self))
        let flags = header[21]
        stream = OutputStream(rawValue: header[20]) ?? .output
        remaining = Int(UInt32(littleEndian: header.loadUnaligned(fromByteOffset: 16, as: UInt32.self)))
        guard flags & Self.endFlag == 0, remaining > 0 else { return }
        let known = place.position.begin(time)
        shown = known ?? remaining
        pendingTime = timestamps && !isContinuing && known == 0 ? time : nil
        isContinuing = flags & Self.partialFlag != 0
    }

    private mutating func show(
        _ bytes: UnsafeRawBufferPointer, _ emit: (OutputStream, UnsafeRawBufferPointer) -> Void
    ) {
        if let time = pendingTime.take() {
            Array("\(Timestamp(nanoseconds: time)) ".utf8).withUnsafeBytes { emit(stream, $0) }
        }
        emit(stream, bytes)
    }

    private var isContinuing: Bool {
        get { stream == .error ? continues.error : continues.output }
        set { if stream == .error { continues.error = newValue } else { continues.output = newValue } }
    }
}

/// Where a log's reader has come to, beyond the stream that it reads.
final class LogPlace: @unchecked Sendable {
    // Sendable because it is only reached on the loop's thread: the program has no other.

    var position = LogPosition()
}

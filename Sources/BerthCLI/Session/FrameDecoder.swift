/// Which of the client's outputs a piece of a container's output belongs to.
enum OutputStream: UInt8, Sendable {
    case output = 1
    case error = 2
}

/// Takes a stream apart as its bytes come in, however they are cut.
protocol FrameDecoder {
    /// - Parameter emit: gets each piece of output, valid during the call.
    mutating func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (OutputStream, UnsafeRawBufferPointer) -> Void)
}

/// A terminal's bytes as they are.
struct RawDecoder: FrameDecoder {
    mutating func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (OutputStream, UnsafeRawBufferPointer) -> Void) {
        emit(.output, bytes)
    }
}

/// docker's multiplexing: `[stream, 0, 0, 0, length as 4 bytes big-endian]`, then the payload.
struct MultiplexDecoder: FrameDecoder {
    private static let headerSize = 8

    private var header: [UInt8] = []
    private var stream = OutputStream.output
    private var remaining = 0

    mutating func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (OutputStream, UnsafeRawBufferPointer) -> Void) {
        var rest = bytes
        while !rest.isEmpty {
            if remaining == 0 {
                let missing = Self.headerSize - header.count
                header += rest.prefix(missing)
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(missing))
                if header.count == Self.headerSize { beginFrame() }
            } else {
                let payload = UnsafeRawBufferPointer(rebasing: rest.prefix(remaining))
                emit(stream, payload)
                remaining -= payload.count
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(payload.count))
            }
        }
    }

    private mutating func beginFrame() {
        stream = OutputStream(rawValue: header[0]) ?? .output
        remaining = header[4...].reduce(0) { $0 << 8 | Int($1) }
        header.removeAll(keepingCapacity: true)
    }
}

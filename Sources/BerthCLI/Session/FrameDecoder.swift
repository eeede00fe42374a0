import BerthAPI

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

/// A container's outputs without a terminal.
struct MultiplexDecoder: FrameDecoder {
    private var frames = AttachFrames()

    mutating func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (OutputStream, UnsafeRawBufferPointer) -> Void) {
        frames.feed(bytes) { emit(OutputStream(rawValue: $0) ?? .output, $1) }
    }
}

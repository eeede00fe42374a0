/// Takes an attach stream without a terminal apart as its bytes come in, however they are cut. docker's multiplexing:
/// `[stream, 0, 0, 0, length as 4 bytes big-endian]`, then the payload.
public struct AttachFrames: Sendable {
    private static let headerSize = 8

    private var header: [UInt8] = []
    private var stream: UInt8 = 1
    private var remaining = 0

    public init() {}

    /// - Parameter emit: gets each piece of output, valid during the call, and its stream: 1 stdout, 2 stderr.
    public mutating func feed(_ bytes: UnsafeRawBufferPointer, _ emit: (UInt8, UnsafeRawBufferPointer) -> Void) {
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
        stream = header[0]
        remaining = header[4...].reduce(0) { $0 << 8 | Int($1) }
        header.removeAll(keepingCapacity: true)
    }
}

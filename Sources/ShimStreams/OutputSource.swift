import LinuxSystem

/// The reading end of one of a process's outputs: a pipe, or the terminal.
final class OutputSource: @unchecked Sendable {
    // Sendable because it is only used on the loop's thread.

    let stream: OutputStream
    private(set) var descriptor: Descriptor?
    private var watch: Watch?
    /// Something may be there. Events come at changes only, so it stays true until a read finds nothing.
    var readable = true

    var hasEnded: Bool { descriptor == nil }

    init(_ descriptor: consuming Descriptor, _ stream: OutputStream) throws(SystemError) {
        try UnixSocket.setNonBlocking(descriptor.raw)
        self.descriptor = consume descriptor
        self.stream = stream
    }

    func start(_ loop: EventLoop, _ handler: @escaping @Sendable () -> Void) throws(SystemError) {
        guard let raw = descriptor?.raw else { return }
        watch = try loop.register(raw, [.readable, .edgeTriggered]) { _ in handler() }
    }

    /// Reads once into the ring.
    func read(into place: UnsafeMutableRawBufferPointer) throws(SystemError) -> StreamIO.Input {
        guard let raw = descriptor?.raw else { return .end }
        return try StreamIO.read(raw, into: place)
    }

    func close(_ loop: EventLoop) {
        if let watch { loop.deregister(watch) }
        watch = nil
        descriptor = nil
        readable = false
    }
}

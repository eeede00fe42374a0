import LinuxSystem

/// The writing end of a process's standard input: a pipe, or the terminal.
///
/// What the pipe does not take waits here, and nobody is asked for more until it is gone.
final class InputSink: @unchecked Sendable {
    // Sendable because it is only used on the loop's thread.

    private let loop: EventLoop
    private var descriptor: Descriptor?
    private var watch: Watch?
    private var pending: [UInt8] = []
    private var ending = false
    private var isOpen = false
    /// Whether the end of a client's input is the end of the process's.
    var endsWithClient: Bool
    /// Runs when more can be taken.
    var onRoom: () -> Void = {}

    /// - Parameter endsWithClient: not for a terminal, which has no end.
    init(loop: EventLoop, endsWithClient: Bool) {
        self.loop = loop
        self.endsWithClient = endsWithClient
    }

    /// Connects the process's end; until then nothing is taken.
    func open(_ descriptor: consuming Descriptor) throws(SystemError) {
        try UnixSocket.setNonBlocking(descriptor.raw)
        let raw = descriptor.raw
        self.descriptor = consume descriptor
        isOpen = true
        watch = try loop.register(raw, [.writable, .edgeTriggered]) { [weak self] _ in self?.flush() }
        if ending { close() }
    }

    /// Whether more can be taken; a closed sink takes everything and throws it away.
    var hasRoom: Bool { isOpen && pending.isEmpty }
    var isClosed: Bool { isOpen && descriptor == nil }

    func write(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while !rest.isEmpty, let count = take(rest) { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
        if !rest.isEmpty, !isClosed { pending.append(contentsOf: rest) }
    }

    /// No more will come: closes when what waits is written.
    func end() {
        ending = true
        if isOpen, pending.isEmpty { close() }
    }

    func close() {
        isOpen = true
        if let watch { loop.deregister(watch) }
        watch = nil
        descriptor = nil
        pending = []
    }

    private func flush() {
        guard !pending.isEmpty else { return }
        let taken = pending.withUnsafeBytes { bytes in
            var taken = 0
            while taken < bytes.count, let count = take(UnsafeRawBufferPointer(rebasing: bytes[taken...])) {
                taken += count
            }
            return taken
        }
        if !isClosed { pending.removeFirst(taken) }
        guard pending.isEmpty else { return }
        if ending { close() }
        onRoom()
    }

    /// - Returns: nil when nothing can be taken now, or ever.
    private func take(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let raw = descriptor?.raw else { return nil }
        do {
            return try StreamIO.write(raw, bytes)
        } catch {
            // Nobody reads any more.
            close()
            return nil
        }
    }
}

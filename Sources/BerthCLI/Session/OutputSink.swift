import LinuxSystem

/// One of the client's outputs: takes bytes at any time and writes them when the reader has room, without ever making the
/// loop wait and without touching the descriptor's flags, which it shares with the shell.
final class OutputSink: @unchecked Sendable {
    // Sendable because it is only reached on the loop's thread: the program has no other.

    /// More than this that waits to be written makes the source pause.
    private static let highWater = 256 << 10

    private let descriptor: CInt
    private let loop: EventLoop
    private var queue: [UInt8] = []
    private var head = 0
    private var watch: Watch?
    /// Why nothing can be written any more.
    private(set) var failure: SystemError?
    /// Runs when everything that waited has been written, or the reader has gone.
    var onDrained: () -> Void = {}

    init(_ descriptor: CInt, loop: EventLoop) {
        self.descriptor = descriptor
        self.loop = loop
    }

    deinit { if let watch { loop.deregister(watch) } }

    var isEmpty: Bool { head == queue.count }
    var isFull: Bool { queue.count - head > Self.highWater }

    /// Takes bytes along; `flush` writes them. What comes in pieces, such as lines, leaves in few writes.
    func append(_ bytes: UnsafeRawBufferPointer) {
        if failure == nil { queue.append(contentsOf: bytes) }
    }

    /// Writes as much as there is room for; the rest follows by itself.
    func flush() {
        guard failure == nil, watch == nil, !isEmpty else { return }
        drain()
        if failure == nil, !isEmpty { waitForRoom() }
    }

    /// Writes what waits, however long it takes: the end of a session.
    func finish() {
        unwatch()
        guard failure == nil else { return }
        do {
            try StandardStream.write(Array(queue[head...]), to: descriptor)
        } catch {
            failure = error
        }
        clear()
    }

    /// - Returns: how much was written before the descriptor had no more room.
    private func writeReady(_ bytes: UnsafeRawBufferPointer) -> Int {
        var written = 0
        while written < bytes.count, StandardStream.isWritable(descriptor) {
            // A writable pipe takes this much as one; more could wait for the reader.
            let end = min(bytes.count, written + StandardStream.atomicSize)
            do {
                let piece = UnsafeRawBufferPointer(rebasing: bytes[written..<end])
                guard let count = try StreamIO.write(descriptor, piece) else { return written }
                written += count
            } catch {
                failure = error
                return written
            }
        }
        return written
    }

    private func drain() {
        let written = queue.withUnsafeBytes { writeReady(UnsafeRawBufferPointer(rebasing: $0[head...])) }
        head += written
        guard failure != nil || isEmpty else { return }
        clear()
        unwatch()
        onDrained()
    }

    private func waitForRoom() {
        guard watch == nil else { return }
        do {
            watch = try loop.register(descriptor, .writable) { [weak self] _ in self?.drain() }
        } catch {
            // What cannot be waited for (a regular file) always takes everything.
            finish()
        }
    }

    private func unwatch() {
        if let watch { loop.deregister(watch) }
        watch = nil
    }

    private func clear() {
        queue.removeAll(keepingCapacity: queue.count < 1 << 20)
        head = 0
    }
}

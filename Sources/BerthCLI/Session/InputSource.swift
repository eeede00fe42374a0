import LinuxSystem

/// The client's standard input, read as the loop reports it. What cannot be waited for (a regular file, /dev/null) is
/// read in the loop's next round.
final class InputSource: @unchecked Sendable {
    // Sendable because it is only reached on the loop's thread: the program has no other.

    private static let chunk = 32 << 10

    private let descriptor: CInt
    private let loop: EventLoop
    private var watch: Watch?
    private var isPlainFile = false
    private var isPaused = true
    private var scheduled = false
    private(set) var hasEnded = false
    /// Gets what was read; an empty piece is the end of the file.
    var onBytes: (UnsafeRawBufferPointer) -> Void = { _ in }

    init(_ descriptor: CInt, loop: EventLoop) {
        self.descriptor = descriptor
        self.loop = loop
    }

    deinit { if let watch { loop.deregister(watch) } }

    func resume() {
        guard isPaused, !hasEnded else { return }
        isPaused = false
        if isPlainFile { return schedule() }
        do {
            watch = try loop.register(descriptor, .readable) { [weak self] _ in self?.read() }
        } catch {
            isPlainFile = true
            schedule()
        }
    }

    func pause() {
        isPaused = true
        if let watch { loop.deregister(watch) }
        watch = nil
    }

    private func schedule() {
        guard !scheduled else { return }
        scheduled = true
        loop.execute { [weak self] in
            guard let self else { return }
            scheduled = false
            guard !isPaused else { return }
            read()
            if !isPaused { schedule() }
        }
    }

    private func read() {
        withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 1) { buffer in
            // Whatever goes wrong with an input, there is no more of it.
            switch (try? StreamIO.read(descriptor, into: buffer)) ?? .end {
            case .nothing: break
            case .bytes(let count): onBytes(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            case .end:
                hasEnded = true
                pause()
                onBytes(UnsafeRawBufferPointer(start: nil, count: 0))
            }
        }
    }
}

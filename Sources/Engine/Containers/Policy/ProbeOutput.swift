import BerthAPI
import LinuxSystem
import Synchronization

/// What a probe writes: the beginning is kept, the rest read into nothing, so that the probe never waits.
final class ProbeOutput: Sendable {
    private struct State {
        var frames = AttachFrames()
        var bytes: [UInt8] = []
        var isCut = false
        var watch: Watch?

        mutating func take(_ input: UnsafeRawBufferPointer) {
            var (bytes, isCut) = (bytes, isCut)
            frames.feed(input) { _, payload in
                let room = ProbeOutput.kept - bytes.count
                isCut = isCut || payload.count > room
                bytes += payload.prefix(room)
            }
            (self.bytes, self.isCut) = (bytes, isCut)
        }
    }

    private static let kept = 4096
    private static let chunk = 16 << 10

    private let stream: SharedDescriptor
    private let loop: EventLoop
    private let state = Mutex(State())

    /// - Parameter stream: The attach stream.
    init(_ stream: SharedDescriptor, loop: EventLoop) throws {
        self.stream = stream
        self.loop = loop
        try UnixSocket.setNonBlocking(stream.raw)
        let watch = try loop.register(stream.raw, .readable) { [weak self] _ in self?.read() }
        state.withLock { $0.watch = watch }
    }

    /// Takes what is there, and ends.
    func finish() -> String {
        read()
        close()
        return state.withLock { String(decoding: $0.bytes, as: UTF8.self) + ($0.isCut ? "..." : "") }
    }

    private func close() {
        if let watch = state.withLock({ $0.watch.take() }) { loop.deregister(watch) }
    }

    private func read() {
        let hasEnded = state.withLock { state in
            withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 1) { buffer in
                while true {
                    switch (try? StreamIO.read(stream.raw, into: buffer)) ?? .end {
                    case .nothing: return false
                    case .end: return true
                    case .bytes(let count): state.take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                    }
                }
            }
        }
        if hasEnded { close() }
    }
}

import JSON
import LinuxSystem

/// Takes a container's log stream in, on a thread of its own: says where to go on, has frames stored, acknowledges.
public final class LogStreamReader: Sendable {
    /// Has chunks on disk when it returns. They are cut to what is new.
    public typealias Store = @Sendable ([LogChunk]) throws -> Void

    private static let retryInterval = Duration.seconds(1)

    private struct State {
        var isStopped = false
        /// The end of the log has come, or the stream is gone.
        var hasEnded = false
        var isRunning = true
    }

    private let stream: SharedDescriptor
    private let store: Store
    private let state = Monitor(State())

    /// - Parameters:
    ///   - stream: the driver's end.
    ///   - sequence: payload bytes that are stored already.
    ///   - store: when it throws (a full disk) the same chunks come again a second later, and the container waits.
    public init(_ stream: SharedDescriptor, from sequence: UInt64, store: @escaping Store) throws {
        self.stream = stream
        self.store = store
        try UnixSocket.setBlocking(stream.raw)
        try Thread.spawn(name: "log-stream") { self.run(sequence) }
    }

    /// Leaves the stream, and waits until nothing is being stored. What was not acknowledged, the shim still has.
    public func stop() {
        state.withLock { $0.isStopped = true }
        state.wakeAll()
        // The shim may have closed it.
        try? UnixSocket.shutdown(stream.raw)
        _ = state.wait { $0.isRunning ? nil : true }
    }

    /// Waits for the end of the log: it may still be on its way, and a shim that is gone sends none.
    public func waitForEnd(until deadline: MonotonicTime) {
        _ = state.wait(until: deadline) { $0.hasEnded ? true : nil }
    }

    // MARK: The thread

    private func run(_ start: UInt64) {
        var (sequence, parser) = (start, LogFrameParser())
        do {
            try acknowledge(sequence)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
            defer { buffer.deallocate() }
            while case .bytes(let count) = try StreamIO.read(stream.raw, into: buffer) {
                try take(try parser.feed(buffer[..<count]), &sequence)
            }
        } catch {
            if !state.withLock({ $0.isStopped }) {
                PluginLog.warning("a log stream was given up", [("reason", JSON("\(error)"))])
            }
        }
        // Not kept open by who still has this object.
        try? UnixSocket.shutdown(stream.raw)
        state.withLock { ($0.hasEnded, $0.isRunning) = (true, false) }
        state.wakeAll()
    }

    private func take(_ chunks: [LogChunk], _ sequence: inout UInt64) throws {
        var fresh: [LogChunk] = []
        for chunk in chunks where !chunk.frame.isEnd {
            if let cut = Self.cut(chunk, &sequence) { fresh.append(cut) }
        }
        if !fresh.isEmpty {
            guard stores(fresh) else { return }
            try acknowledge(sequence)
        }
        if chunks.contains(where: { $0.frame.isEnd }) {
            state.withLock { $0.hasEnded = true }
            state.wakeAll()
        }
    }

    /// Without what was stored before: a shim sends again what it saw no acknowledgement of. Frames that are missing were
    /// dropped by the shim on purpose.
    private static func cut(_ chunk: LogChunk, _ sequence: inout UInt64) -> LogChunk? {
        var chunk = chunk
        if chunk.frame.sequence < sequence {
            let known = Int(min(sequence - chunk.frame.sequence, UInt64(chunk.payload.count)))
            chunk.payload.removeFirst(known)
            chunk.frame.sequence += UInt64(known)
            chunk.frame.length = chunk.payload.count
        }
        guard !chunk.payload.isEmpty else { return nil }
        sequence = chunk.frame.sequence &+ UInt64(chunk.payload.count)
        return chunk
    }

    /// - Returns: false when the stream was left before there was room.
    private func stores(_ chunks: [LogChunk]) -> Bool {
        while true {
            do {
                try store(chunks)
                return true
            } catch {
                PluginLog.warning(
                    "a log cannot be written, its container may have to wait", [("error", JSON("\(error)"))])
            }
            if state.wait(until: .now + Self.retryInterval, { $0.isStopped ? true : nil }) == true { return false }
        }
    }

    private func acknowledge(_ sequence: UInt64) throws {
        try withUnsafeBytes(of: sequence.littleEndian) { try UnixSocket.sendAll(stream.raw, $0) }
    }
}

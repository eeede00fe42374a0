import JSON
import LinuxSystem
import PluginKit

/// A container's log stream: reads frames, has them stored, acknowledges.
final class LogIntake: @unchecked Sendable {
    // Sendable because it is only used on the loop's thread.

    private static let retryInterval = Duration.seconds(1)
    /// How long `close` waits for the end of the log.
    private static let closeTime = Duration.seconds(1)
    /// Reads of one stream before others have their turn.
    private static let reads = 4

    let writer: LogWriter
    private let loop: EventLoop
    private let scratch: Scratch
    private var socket: SharedDescriptor?
    private var watch: Watch?
    private var header: [UInt8] = []
    private var frame: LogFrame?
    /// Of the frame's payload: what is still to come, and how much of it was stored before.
    private var (left, known) = (0, 0)
    /// What has been read and waits for room on the disk.
    private var held: [UInt8] = []
    private var isStalled = false
    private var hasEnded = false
    private var whenEnded: (@Sendable () -> Void)?

    init(_ writer: LogWriter, stream: SharedDescriptor, loop: EventLoop, scratch: Scratch) throws {
        self.writer = writer
        self.loop = loop
        self.scratch = scratch
        header.reserveCapacity(LogFrame.size)
        try UnixSocket.setNonBlocking(stream.raw)
        socket = stream
        try sendSequence()
        try listen()
    }

    private func listen() throws(SystemError) {
        guard let socket else { return }
        watch = try loop.register(socket.raw, .readable) { [weak self] _ in self?.receive() }
    }

    // MARK: Frames

    private func receive() {
        for _ in 0..<Self.reads {
            guard let raw = socket?.raw, !isStalled else { return }
            do {
                switch try StreamIO.read(raw, into: scratch.input) {
                case .bytes(let count): try consume(UnsafeRawBufferPointer(rebasing: scratch.input[..<count]))
                case .nothing: return try acknowledge()
                case .end: return disconnect(because: nil)
                }
            } catch {
                return disconnect(because: "\(error)")
            }
        }
        do { try acknowledge() } catch { disconnect(because: "\(error)") }
    }

    /// Has bytes of the stream stored, or held back when the disk is full.
    private func consume(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        repeat {
            writer.rotateIfDue()
            while !rest.isEmpty, !writer.isFull { rest = UnsafeRawBufferPointer(rebasing: rest[try parse(rest)...]) }
            do {
                try writer.commit()
            } catch {
                stall(error, Array(rest))
                return
            }
        } while !rest.isEmpty
    }

    /// - Returns: how many bytes it took.
    private func parse(_ bytes: UnsafeRawBufferPointer) throws -> Int {
        guard let frame else {
            let part = bytes.prefix(LogFrame.size - header.count)
            header.append(contentsOf: part)
            if header.count == LogFrame.size { try begin() }
            return part.count
        }
        var count = min(left, bytes.count)
        if known > 0 {
            count = min(known, count)
            known -= count
        } else {
            let payload = UnsafeRawBufferPointer(rebasing: bytes[..<count])
            count = writer.take(payload, stream: Int(frame.stream) - 1, time: frame.time)
        }
        left -= count
        if left == 0 { self.frame = nil }
        return count
    }

    private func begin() throws {
        defer { header.removeAll(keepingCapacity: true) }
        guard let next = header.withUnsafeBytes({ LogFrame($0) }) else {
            throw LogStreamError("what came is no log frame")
        }
        if next.isEnd {
            writer.endPending(time: next.time)
            hasEnded = true
        } else if next.length > 0 {
            frame = next
            left = next.length
            if next.sequence > writer.sequence { writer.skip(to: next.sequence) }
            known = Int(min(writer.sequence - next.sequence, UInt64(next.length)))
        }
    }

    // MARK: A full disk

    private func stall(_ error: SystemError, _ rest: [UInt8]) {
        held = rest
        if !isStalled {
            isStalled = true
            writer.keepOutput()
            PluginLog.warning(
                "a log cannot be written, its container may have to wait",
                [("log", JSON(writer.log.path)), ("error", JSON("\(error)"))])
        }
        // Without a watch: a peer that is gone would be reported all the time.
        stopListening()
        loop.schedule(after: Self.retryInterval) { [weak self] in self?.retry() }
    }

    private func retry() {
        guard isStalled, socket != nil else { return }
        do {
            try writer.commit()
        } catch {
            return stall(error, held)
        }
        isStalled = false
        writer.use(scratch.output)
        let rest = held
        held = []
        do {
            try rest.withUnsafeBytes { try consume($0) }
            guard !isStalled else { return }
            try listen()
            try acknowledge()
        } catch {
            disconnect(because: "\(error)")
        }
    }

    // MARK: Acknowledgements

    private func acknowledge() throws {
        try sendSequence()
        if hasEnded { reportEnd() }
    }

    /// Says how far the log is stored: the first word on a stream, then acknowledgements.
    private func sendSequence() throws {
        guard let socket else { return }
        let sent = try withUnsafeBytes(of: writer.sequence.littleEndian) { try UnixSocket.send(socket.raw, $0) }
        guard sent == 8 else { throw LogStreamError("acknowledgements are not read") }
    }

    // MARK: Ends

    /// Runs `done` when the end of the log was stored or the stream is gone, after a while in any case.
    func whenEnded(_ done: @escaping @Sendable () -> Void) {
        guard socket != nil, !hasEnded || isStalled else { return done() }
        whenEnded = done
        loop.schedule(after: Self.closeTime) { [weak self] in self?.reportEnd() }
    }

    private func reportEnd() {
        let done = whenEnded
        whenEnded = nil
        done?()
    }

    /// Leaves the stream. What was not acknowledged, the shim still has.
    func disconnect(because reason: String?) {
        stopListening()
        socket = nil
        if let reason {
            PluginLog.warning(
                "a log stream was given up", [("log", JSON(writer.log.path)), ("reason", JSON(reason))])
        }
        reportEnd()
    }

    private func stopListening() {
        if let watch { loop.deregister(watch) }
        watch = nil
    }
}

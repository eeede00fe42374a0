import LinuxSystem

/// The way to the log driver: our end of the log stream (Docs/run.md), and what to do when it is lost.
final class LogLink: @unchecked Sendable {
    // Sendable because it is only used on the loop's thread.

    private let loop: EventLoop
    private(set) var cursor: LogCursor
    private var socket: Descriptor?
    private var watch: Watch?
    private var readable = true
    private var writable = true
    /// The driver has said where to go on from.
    private var resumed = false
    /// The driver has closed its stream, as it does when it has stored the end of the log.
    private var hasLeft = false
    private var word = PartialWord()
    /// Runs with a sentence when a stream is given up.
    private let report: @Sendable (String) -> Void

    init(loop: EventLoop, at position: UInt64, report: @escaping @Sendable (String) -> Void) {
        self.loop = loop
        self.report = report
        cursor = LogCursor(at: position)
    }

    var isConnected: Bool { socket != nil }

    /// Takes a stream in the place of the one before.
    func connect(_ stream: consuming Descriptor, onEvent: @escaping @Sendable () -> Void) throws(SystemError) {
        disconnect(because: nil)
        try UnixSocket.setNonBlocking(stream.raw)
        let raw = stream.raw
        socket = consume stream
        hasLeft = false
        (readable, writable) = (true, true)
        watch = try loop.register(raw, [.readable, .writable, .peerClosed, .edgeTriggered]) { [weak self] events in
            self?.note(events)
            onEvent()
        }
    }

    func disconnect(because reason: String?) {
        if let watch { loop.deregister(watch) }
        watch = nil
        socket = nil
        resumed = false
        word = PartialWord()
        if let reason { report("the log stream was lost: \(reason)") }
    }

    private func note(_ events: Events) {
        if events.contains(.writable) { writable = true }
        if !events.isDisjoint(with: [.readable, .peerClosed, .hangUp, .error]) { readable = true }
    }

    // MARK: From the driver

    /// Takes in what the driver has said.
    func receive(_ ring: borrowing FrameRing) {
        while let raw = socket?.raw, readable {
            do throws(SystemError) {
                let input = try withUnsafeTemporaryAllocation(byteCount: 512, alignment: 8) {
                    (buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> StreamIO.Input in
                    let input = try StreamIO.read(raw, into: buffer)
                    if case .bytes(let count) = input { take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), ring) }
                    return input
                }
                if input == .nothing { readable = false }
                if input == .end { left(ring) }
            } catch {
                disconnect(because: "\(error)")
            }
        }
    }

    private func left(_ ring: borrowing FrameRing) {
        hasLeft = resumed
        disconnect(because: isStored(ring) ? nil : "the driver closed it")
    }

    private func take(_ bytes: UnsafeRawBufferPointer, _ ring: borrowing FrameRing) {
        for byte in bytes {
            guard isConnected, let value = word.add(byte) else { continue }
            if resumed {
                guard cursor.acknowledge(value, in: ring) else {
                    return disconnect(because: "the driver acknowledged \(value) bytes, more than it was sent")
                }
            } else {
                resumed = true
                guard cursor.resume(from: value, in: ring) else {
                    return disconnect(because: "the driver asked for byte \(value) of \(ring.sequence)")
                }
            }
        }
    }

    // MARK: To the driver

    /// Sends what is there and what the socket takes.
    func flush(_ ring: borrowing FrameRing) {
        while let raw = socket?.raw, resumed, writable, !cursor.hasSentAll(of: ring) {
            do throws(SystemError) {
                let count = try send(raw, ring)
                if let count { cursor.advance(count, in: ring) } else { writable = false }
            } catch {
                disconnect(because: "\(error)")
            }
        }
    }

    private func send(_ raw: CInt, _ ring: borrowing FrameRing) throws(SystemError) -> Int? {
        guard cursor.carry.isEmpty else {
            let result = cursor.carry.withUnsafeBytes { bytes in
                Result { () throws(SystemError) in try UnixSocket.send(raw, bytes) }
            }
            return try result.get()
        }
        return try UnixSocket.send(raw, ring.bytes(from: cursor.sent, to: ring.end))
    }

    func dropOldest(in ring: borrowing FrameRing) { cursor.dropOldest(in: ring) }

    /// Whether the driver has been given everything that there is.
    func hasHandedOver(_ ring: borrowing FrameRing) -> Bool { (resumed || hasLeft) && cursor.hasSentAll(of: ring) }

    /// Whether the driver has stored every byte, and knows of the end.
    func isStored(_ ring: borrowing FrameRing) -> Bool {
        hasHandedOver(ring) && ring.sequence(at: cursor.acknowledged) == ring.sequence
    }
}

/// The bytes of a little-endian word that have come so far.
private struct PartialWord {
    private var value: UInt64 = 0
    private var count = 0

    /// - Returns: the word, when this byte was its last.
    mutating func add(_ byte: UInt8) -> UInt64? {
        value |= UInt64(byte) << UInt64(8 * count)
        count += 1
        guard count == 8 else { return nil }
        defer { self = PartialWord() }
        return value
    }
}

import LinuxSystem

/// The shim's end of a log stream (Docs/run.md, "Log frame").
final class LogStream {
    /// 2026-11-23T10:00:00Z, in nanoseconds since 1970.
    static let start: Int64 = 1_795_428_000_000_000_000

    private let socket: SharedDescriptor
    private let timeout: Duration
    /// What the driver asked for first.
    private(set) var resumed: UInt64 = 0
    private(set) var acknowledged: UInt64 = 0
    private var words: [UInt8] = []

    /// Waits for the driver's first word.
    init(_ socket: SharedDescriptor, timeout: Duration) throws {
        self.socket = socket
        self.timeout = timeout
        while words.count < 8 {
            guard let bytes = try receive(8 - words.count) else {
                throw Violation("the driver closed the log stream instead of saying where to go on")
            }
            words += bytes
        }
        resumed = takeWord()
        acknowledged = resumed
    }

    static func frame(
        _ payload: [UInt8], at sequence: UInt64, time: Int64 = start, stream: UInt8 = 1, flags: UInt8 = 0
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        let last = UInt64(payload.count) | UInt64(stream) << 32 | UInt64(flags) << 40
        for word in [sequence, UInt64(bitPattern: time), last] {
            withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes + payload
    }

    // MARK: Sending

    /// - Returns: false when the driver has closed the stream.
    @discardableResult
    func send(_ bytes: [UInt8]) throws -> Bool {
        var sent = 0
        let deadline = MonotonicTime.now + timeout
        while sent < bytes.count {
            do {
                let count = try bytes[sent...].withUnsafeBytes { try UnixSocket.send(socket.raw, $0) }
                if let count {
                    sent += count
                    continue
                }
            } catch let error as SystemError where [.brokenPipe, .connectionReset].contains(error.errno) {
                return false
            }
            guard StreamPoll.waitWritable(socket.raw, until: deadline) else {
                throw Violation("the driver does not read the log stream")
            }
        }
        return true
    }

    /// Sends a frame and waits until it is stored.
    func write(_ text: String, at sequence: UInt64, time: Int64 = start, stream: UInt8 = 1) throws {
        let payload = Array(text.utf8)
        try send(Self.frame(payload, at: sequence, time: time, stream: stream))
        try waitFor(sequence + UInt64(payload.count))
    }

    /// The end of the log.
    func end(at sequence: UInt64) throws { try send(Self.frame([], at: sequence, stream: 0, flags: 1)) }

    // MARK: Acknowledgements

    func waitFor(_ sequence: UInt64) throws {
        while acknowledged < sequence {
            guard try takeAcknowledgement() else {
                throw Violation("the driver closed the log stream at \(acknowledged), before it had \(sequence)")
            }
        }
        try require(acknowledged == sequence, "\(acknowledged) bytes are acknowledged, and \(sequence) were sent")
    }

    /// Waits for the next one.
    ///
    /// - Returns: false when the driver has closed the stream.
    func takeAcknowledgement() throws -> Bool {
        guard let bytes = try receive(4096) else { return false }
        words += bytes
        while words.count >= 8 {
            let word = takeWord()
            try require(word >= acknowledged, "the acknowledgement went back from \(acknowledged) to \(word)")
            acknowledged = word
        }
        return true
    }

    /// Waits for the driver's end of the stream to be closed.
    func waitForEnd() throws {
        while try takeAcknowledgement() {}
    }

    private func takeWord() -> UInt64 {
        defer { words.removeFirst(8) }
        return words.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    }

    private func receive(_ limit: Int) throws -> [UInt8]? {
        try receiveBytes(socket.raw, limit, timeout: timeout, "the driver says nothing on the log stream")
    }
}

/// Waits for bytes of a stream socket.
///
/// - Returns: nil at its end.
func receiveBytes(_ socket: CInt, _ limit: Int, timeout: Duration, _ silence: String) throws -> [UInt8]? {
    let deadline = MonotonicTime.now + timeout
    var bytes = [UInt8](repeating: 0, count: limit)
    while true {
        switch try bytes.withUnsafeMutableBytes({ try StreamIO.read(socket, into: $0) }) {
        case .bytes(let count): return Array(bytes[..<count])
        case .end: return nil
        case .nothing:
            guard StreamPoll.waitReadable(socket, until: deadline) else {
                throw Violation("\(silence) for \(timeout)")
            }
        }
    }
}

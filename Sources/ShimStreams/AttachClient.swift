import LinuxSystem

/// A client of a process's streams: our end of its attach stream (Docs/run.md).
final class AttachClient: @unchecked Sendable {
    // Sendable because it is only used on the loop's thread.

    private let loop: EventLoop
    private var socket: Descriptor?
    private var watch: Watch?
    private var cursor: AttachCursor
    /// It looks on: others wait for it only so long.
    let isViewer: Bool
    /// How long a viewer may keep others waiting, unless it takes `leastTaken` bytes meanwhile.
    private static let patience = Duration.seconds(1)
    private static let leastTaken: UInt64 = 1 << 20
    /// Since when it does, and where it was then.
    private var delay: (since: MonotonicTime, position: UInt64)?
    /// It was left behind, and has taken nothing since.
    private var isStuck = false
    /// Where its input goes; nil when it has none to give, or no more.
    private var sink: InputSink?
    private var readable = true
    private var writable = true
    /// Both directions are closed by the client: nothing can be sent any more.
    private var hungUp = false

    init(
        _ socket: consuming Descriptor, loop: EventLoop, cursor: AttachCursor, isViewer: Bool, sink: InputSink?,
        onEvent: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let raw = socket.raw
        self.loop = loop
        self.cursor = cursor
        self.isViewer = isViewer
        self.sink = sink
        self.socket = consume socket
        watch = try loop.register(raw, [.readable, .writable, .peerClosed, .edgeTriggered]) { [weak self] events in
            self?.note(events)
            onEvent()
        }
    }

    /// What it holds in the ring; nil when it holds nothing any more.
    var position: UInt64? { isClosed || hungUp ? nil : cursor.position }
    var isClosed: Bool { socket == nil }

    private func note(_ events: Events) {
        if events.contains(.writable) { writable = true }
        if !events.isDisjoint(with: [.readable, .peerClosed, .hangUp, .error]) { readable = true }
        if !events.isDisjoint(with: [.hangUp, .error]) { hungUp = true }
    }

    // MARK: Output

    /// Sends what is there and what the socket takes.
    func flush(_ ring: borrowing FrameRing) {
        guard let raw = socket?.raw, !hungUp else { return }
        defer { if cursor.position == ring.end { delay = nil } }
        while writable, cursor.prepare(in: ring) {
            do throws(SystemError) {
                let count = try send(raw, ring)
                if let count {
                    cursor.advance(count, in: ring)
                    isStuck = false
                } else {
                    writable = false
                }
            } catch {
                hungUp = true
                return
            }
        }
    }

    private func send(_ raw: CInt, _ ring: borrowing FrameRing) throws(SystemError) -> Int? {
        let result = cursor.withNext(in: ring) { header, payload in
            Result { () throws(SystemError) in try StreamIO.send(raw, header, payload) }
        }
        return try result.get()
    }

    /// Whether everything up to the ring's end was sent, or never can be.
    func isDone(_ ring: borrowing FrameRing) -> Bool { isClosed || hungUp || cursor.isDone(ring) }

    // MARK: Being too slow

    /// It keeps others waiting: how much longer it may.
    func patience(_ now: MonotonicTime) -> Duration {
        if isStuck { return .zero }
        guard let delay, cursor.position - delay.position < Self.leastTaken else {
            delay = (now, cursor.position)
            return Self.patience
        }
        return max(.zero, Self.patience - (now - delay.since))
    }

    /// Leaves out what it was too slow for.
    func skip(_ ring: borrowing FrameRing) {
        cursor.skip(in: ring)
        isStuck = true
        delay = nil
    }

    // MARK: Input

    /// Whether it may have input that can be passed on.
    var hasInput: Bool { !isClosed && readable && sink?.hasRoom ?? true }

    /// Passes its input on, as long as the process takes it. What it gives beyond is thrown away.
    func pumpInput(_ scratch: UnsafeMutableRawBufferPointer) {
        while let raw = socket?.raw, readable, sink?.hasRoom ?? true {
            switch try? StreamIO.read(raw, into: scratch) {
            case .bytes(let count): sink?.write(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
            case .nothing: readable = false
            case .end, nil: endInput()
            }
        }
    }

    private func endInput() {
        readable = false
        if let sink, sink.endsWithClient { sink.end() }
        sink = nil
        if hungUp { close() }
    }

    /// Ends the stream: the client reads what was sent, then end of file.
    func close() {
        if let watch { loop.deregister(watch) }
        watch = nil
        socket = nil
        sink = nil
    }
}

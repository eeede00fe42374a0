import LinuxSystem

/// The standard streams of one process: reads its outputs, hands them to the log driver and to attached clients, and
/// takes input from any client.
///
/// Everybody reads from one ring. When the slowest of them has left it full, nothing more is read and the process
/// waits; when the process has ended, everything is read at once.
public final class ProcessStreams: @unchecked Sendable {
    // Sendable because it is only used on the loop's thread.

    /// What to connect.
    public struct Ends: ~Copyable {
        /// Where the shim reads the process's output: the terminal when there is one.
        public var stdout: Descriptor?
        public var stderr: Descriptor?
        /// Where the shim writes its input; nil when it has none.
        public var stdin: Descriptor?
        public init(stdout: consuming Descriptor?, stderr: consuming Descriptor?, stdin: consuming Descriptor?) {
            self.stdout = stdout
            self.stderr = stderr
            self.stdin = stdin
        }
    }

    public struct Options: Sendable {
        /// The ends are a terminal's: clients get raw bytes.
        public var terminal = false
        /// The end of a client's input is the end of the process's; not for a terminal.
        public var stdinOnce = false
        /// Drop the oldest output that the log driver has not stored, instead of letting the process wait.
        public var nonBlockingLog = false
        /// Do not wait at the end for a log driver that is not there.
        public var optionalLog = false
        public init() {}
    }

    static let roundsAtOnce = 16
    /// How long a ring that is empty keeps its memory.
    static let idleTime = Duration.seconds(1)

    let loop: EventLoop
    let options: Options
    let report: @Sendable (String) -> Void
    var ring = FrameRing()
    var sources: [OutputSource] = []
    var sink: InputSink?
    var clients: [AttachClient] = []
    var log: LogLink?
    /// The process has ended; what to do when its outputs have, too.
    var drained: (() -> Void)?
    var hasEnded = false
    var waiters: [Waiter] = []
    var waiterCount = 0
    private var pumping = false
    private var started = false
    private var releaseTimer: LoopTimer?
    var patienceTimer: LoopTimer?

    /// - Parameters:
    ///   - hasInput: clients may give input.
    ///   - report: takes sentences for the shim's own log.
    public init(
        _ options: Options, hasInput: Bool, loop: EventLoop, report: @escaping @Sendable (String) -> Void
    ) {
        self.loop = loop
        self.options = options
        self.report = report
        guard hasInput else { return }
        let sink = InputSink(loop: loop, endsWithClient: options.stdinOnce && !options.terminal)
        sink.onRoom = { [weak self] in self?.pump() }
        self.sink = sink
    }

    /// Takes the shim's ends of the process's streams. Clients may be attached before.
    public func connect(_ ends: consuming Ends) throws(SystemError) {
        if let stdout = ends.stdout.take() { sources.append(try OutputSource(stdout, .stdout)) }
        if let stderr = ends.stderr.take() { sources.append(try OutputSource(stderr, .stderr)) }
        if let stdin = ends.stdin.take() { try sink?.open(stdin) }
    }

    /// Bytes that wait for a reader, frame headers included.
    public var buffered: Int { ring.count }

    /// Whether the process is made to wait because its output's readers are too slow.
    public var isWaiting: Bool { ring.isFull && sources.contains { $0.readable } }

    /// Begins to read: after the process was started, or a terminal that nobody has opened yet would seem to have ended.
    public func start() throws(SystemError) {
        guard !started else { return }
        started = true
        for source in sources {
            try source.start(loop) { [weak self, weak source] in
                source?.readable = true
                self?.pump()
            }
        }
        pump()
    }

    // MARK: The pump

    /// Moves what can be moved, for a while; called after every event.
    func pump() {
        // What a stream's end sets off must not come back here in the middle of a round.
        guard !pumping else { return }
        pumping = true
        var more = true
        for _ in 0..<Self.roundsAtOnce where more { more = round() }
        pumping = false
        pumpInput()
        if more { loop.execute { [weak self] in self?.pump() } }
        checkEnd()
        releaseLater()
    }

    /// - Returns: whether another round could move something.
    private func round() -> Bool {
        let (start, end) = (ring.start, ring.end)
        if started { for source in sources where source.readable { read(source) } }
        log?.receive(ring)
        log?.flush(ring)
        for client in clients { client.flush(ring) }
        ring.discard(before: positions.min() ?? ring.end)
        return (ring.start != start || ring.end != end || hasEnded) && sources.contains { $0.readable }
    }

    private var positions: [UInt64] { clients.compactMap(\.position) + (log.map { [$0.cursor.acknowledged] } ?? []) }

    private func read(_ source: OutputSource) {
        do throws(SystemError) {
            guard let place = try reserve() else { return }
            switch try source.read(into: place) {
            // After the end has been told, what somebody else still writes goes nowhere, but does not fail.
            case .bytes(let count): if !hasEnded { try ring.commit(count, source.stream, time: Host.now) }
            case .nothing: source.readable = false
            case .end: source.close(loop)
            }
        } catch {
            report("\(source.stream) is read no more: \(error)")
            source.close(loop)
        }
    }

    private func reserve() throws(SystemError) -> UnsafeMutableRawBufferPointer? {
        if let place = try ring.reserve() { return place }
        skipSlowViewers()
        if let place = try ring.reserve() { return place }
        guard options.nonBlockingLog, let log else { return nil }
        let others = clients.compactMap(\.position).min() ?? ring.end
        while log.cursor.acknowledged == ring.start, ring.start < others {
            log.dropOldest(in: ring)
            ring.discard(before: min(others, log.cursor.acknowledged))
            if let place = try ring.reserve() { return place }
        }
        return nil
    }

    /// Gives an idle container's memory back.
    private func releaseLater() {
        guard releaseTimer == nil, ring.hasMemory else { return }
        let end = ring.end
        releaseTimer = loop.schedule(after: Self.idleTime) { [weak self] in
            guard let self else { return }
            self.releaseTimer = nil
            if self.ring.end == end { self.ring.release() }
            // What waits for a reader keeps its memory, and the loop need not look at it every second.
            if self.ring.end != end { self.releaseLater() }
        }
    }

    private func pumpInput() {
        guard clients.contains(where: \.hasInput) else { return }
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { scratch in
            for client in clients { client.pumpInput(scratch) }
        }
        clients.removeAll { $0.isClosed }
    }
}

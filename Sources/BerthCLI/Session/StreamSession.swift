import LinuxSystem

/// Joins a container's stream with the client's standard streams, on one event loop.
final class StreamSession: @unchecked Sendable {
    // Sendable because it is only reached on the loop's thread: the program has no other.

    private static let chunk = 64 << 10

    private let loop: EventLoop
    private let stream: SharedDescriptor
    private var decoder: any FrameDecoder
    private let output: OutputSink
    private let error: OutputSink
    private let input: InputSource?
    private var matcher: DetachMatcher
    private var watch: Watch?
    private var interest: Events = []
    private var pendingInput: [UInt8] = []
    private var inputEnded = false
    /// End of file was passed on, or the container takes no more.
    private var inputClosed = false

    /// The container's side has closed the stream.
    private(set) var streamEnded = false
    /// The detach sequence was typed.
    private(set) var isDetached = false

    /// - Parameters:
    ///   - stream: the descriptor that came with the answer.
    ///   - input: the descriptor to read input from; nil for none.
    ///   - detachKeys: as a terminal sends them; none to take every byte as input.
    init(
        loop: EventLoop, stream: SharedDescriptor, decoder: any FrameDecoder, output: CInt, error: CInt, input: CInt?,
        detachKeys: [UInt8] = []
    ) throws(SystemError) {
        self.loop = loop
        self.stream = stream
        self.decoder = decoder
        self.output = OutputSink(output, loop: loop)
        self.error = OutputSink(error, loop: loop)
        self.input = input.map { InputSource($0, loop: loop) }
        matcher = DetachMatcher(detachKeys)
        try UnixSocket.setNonBlocking(stream.raw)
        begin()
    }

    private func begin() {
        for sink in [output, error] { sink.onDrained = { [weak self] in self?.updateInterest() } }
        input?.onBytes = { [weak self] bytes in self?.takeInput(bytes) }
        updateInterest()
        input?.resume()
    }

    /// Why the client's output takes nothing any more.
    var failure: SystemError? { output.failure ?? error.failure }

    /// Nothing more will happen: the stream has ended and everything was written, or the user has detached.
    var isFinished: Bool { isDetached || failure != nil || (streamEnded && output.isEmpty && error.isEmpty) }

    /// Ends the session: what waits is written.
    func finish() {
        close()
        input?.pause()
        output.finish()
        error.finish()
    }

    private func handle(_ events: Events) {
        if events.contains(.writable) { flushInput() }
        if !events.isDisjoint(with: [.readable, .hangUp, .error]) { readStream() }
    }

    private func readStream() {
        guard !streamEnded, !output.isFull, !error.isFull else { return }
        withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 1) { buffer in
            switch (try? StreamIO.read(stream.raw, into: buffer)) ?? .end {
            case .nothing: break
            case .end:
                streamEnded = true
                close()
            case .bytes(let count):
                decoder.feed(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { stream, bytes in
                    (stream == .error ? error : output).append(bytes)
                }
                output.flush()
                error.flush()
            }
        }
        updateInterest()
    }

    // MARK: Input

    private func takeInput(_ bytes: UnsafeRawBufferPointer) {
        if bytes.isEmpty {
            inputEnded = true
        } else {
            let (wanted, detached) = matcher.feed(bytes)
            pendingInput += wanted
            if detached { isDetached = true }
        }
        flushInput()
    }

    private func flushInput() {
        guard !streamEnded, !inputClosed else { return }
        do {
            while !pendingInput.isEmpty {
                let result = pendingInput.withUnsafeBytes { buffer in
                    Swift.Result { () throws(SystemError) in try UnixSocket.send(stream.raw, buffer) }
                }
                guard let sent = try result.get() else { break }
                pendingInput.removeFirst(sent)
            }
            if pendingInput.isEmpty, inputEnded {
                inputClosed = true
                try UnixSocket.shutdownWriting(stream.raw)
            }
        } catch {
            // The container takes no more input; its output may go on.
            inputClosed = true
            pendingInput = []
        }
        // What the container does not take is not read either.
        if pendingInput.isEmpty, !inputClosed { input?.resume() } else { input?.pause() }
        updateInterest()
    }

    private func updateInterest() {
        guard !streamEnded else { return }
        var wanted: Events = []
        if !output.isFull, !error.isFull { wanted.insert(.readable) }
        if !pendingInput.isEmpty { wanted.insert(.writable) }
        guard wanted != interest else { return }
        interest = wanted
        // Not watched at all when nothing is wanted: the end of the stream would be reported again and again.
        close()
        guard !wanted.isEmpty else { return }
        do {
            watch = try loop.register(stream.raw, wanted) { [weak self] events in self?.handle(events) }
        } catch {
            // Without events there is no more to come.
            streamEnded = true
        }
    }

    private func close() {
        if let watch { loop.deregister(watch) }
        watch = nil
    }
}

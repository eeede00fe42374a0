import LinuxSystem
import ShimStreams
import Testing

/// The streams of a process that is played by the test: pipes, one event loop, and readers that run on it.
final class StreamBench: @unchecked Sendable {
    // Sendable because all of it happens on the test's thread.

    let loop: EventLoop
    private(set) var streams: ProcessStreams!
    private var outputs: [OutputStream: Feeder] = [:]
    private var stdin: Descriptor
    private(set) var input: [UInt8] = []
    private(set) var inputEnded = false
    private(set) var reports: [String] = []

    init(_ options: ProcessStreams.Options = .init(), readingInput: Bool = true) throws {
        ignoreBrokenPipes()
        loop = try EventLoop()
        let out = try Pipe()
        let err = try Pipe()
        let input = try Pipe()
        stdin = try input.read.duplicate()
        outputs[.stdout] = try Feeder(try out.write.duplicate(), loop)
        outputs[.stderr] = try Feeder(try err.write.duplicate(), loop)
        let ends = ProcessStreams.Ends(
            stdout: try out.read.duplicate(), stderr: try err.read.duplicate(), stdin: try input.write.duplicate())
        try UnixSocket.setNonBlocking(stdin.raw)
        streams = ProcessStreams(options, hasInput: true, loop: loop) { [weak self] in self?.reports.append($0) }
        try streams.connect(ends)
        if options.nonBlockingLog { streams.enableLog() }
        try streams.start()
        if readingInput { startReadingInput() }
    }

    func startReadingInput() {
        let raw = stdin.raw
        let once = Once()
        once.watch = try? loop.register(raw, .readable) { [weak self] _ in
            guard let self else { return }
            switch readInto(&self.input, raw) {
            case .end:
                self.inputEnded = true
                if let watch = once.watch { self.loop.deregister(watch) }
            default: break
            }
        }
    }

    // MARK: The process

    func write(_ text: String, to stream: OutputStream) { outputs[stream]?.add(Array(text.utf8)) }

    /// Writes bytes that do not repeat soon.
    func writePattern(_ count: Int) -> [UInt8] {
        var value: UInt32 = 1
        let bytes = (0..<count).map { _ -> UInt8 in
            value = value &* 1_664_525 &+ 1_013_904_223
            return UInt8(value >> 24)
        }
        outputs[.stdout]?.add(bytes)
        return bytes
    }

    var unwritten: Int { outputs.values.reduce(0) { $0 + $1.pending } }
    var ringCount: Int { streams.buffered }
    /// Whether the shim would read more.
    var canRead: Bool { !streams.isWaiting }

    /// The process ends: its outputs are closed, as soon as they are written.
    func finish() {
        for feeder in outputs.values { feeder.endWhenWritten() }
        streams.finish(within: .seconds(5)) {}
    }

    // MARK: Readers

    func openLog(from sequence: UInt64, acknowledging: Bool = true) throws -> LogReader {
        let pair = try UnixSocket.pair()
        let ours = try pair.first.duplicate()
        let theirs = try pair.second.duplicate()
        _ = consume pair
        let reader = try LogReader(theirs, loop, acknowledging: acknowledging)
        reader.send(sequence)
        try streams.connectLog(ours)
        return reader
    }

    func drop(_ reader: LogReader) { reader.close() }

    func attach(reading: Bool = true, isViewer: Bool = false) throws -> ClientReader {
        let stream = try streams.attach(stdin: true, stdout: true, stderr: true, isViewer: isViewer)
        return try ClientReader(stream, loop, reading: reading)
    }

    /// Runs the loop until something holds; a test that waits longer than this has failed.
    func run(_ location: SourceLocation = #_sourceLocation, until done: @escaping () -> Bool) {
        let late = Flag()
        let timer = loop.schedule(after: .seconds(120)) { late.isSet = true }
        loop.run { done() || late.isSet }
        loop.cancel(timer)
        #expect(!late.isSet, "waited in vain", sourceLocation: location)
    }
}

final class Flag: @unchecked Sendable { var isSet = false }
final class Once: @unchecked Sendable { var watch: Watch? }

func readInto(_ bytes: inout [UInt8], _ descriptor: CInt) -> StreamIO.Input {
    withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { buffer in
        guard let input = try? StreamIO.read(descriptor, into: buffer) else { return .end }
        if case .bytes(let count) = input { bytes.append(contentsOf: buffer[..<count]) }
        return input
    }
}

/// Writes into a descriptor what it takes.
final class Feeder: @unchecked Sendable {
    private let loop: EventLoop
    private var descriptor: Descriptor?
    private var watch: Watch?
    private var bytes: [UInt8] = []
    private var offset = 0
    private var ending = false
    private var written: (() -> Void)?
    var pending: Int { bytes.count - offset }

    init(_ descriptor: consuming Descriptor, _ loop: EventLoop) throws {
        self.loop = loop
        let raw = descriptor.raw
        try UnixSocket.setNonBlocking(raw)
        self.descriptor = consume descriptor
        watch = try loop.register(raw, [.writable, .edgeTriggered]) { [weak self] _ in self?.flush() }
    }

    func add(_ more: [UInt8]) {
        bytes.append(contentsOf: more)
        flush()
    }

    func endWhenWritten() {
        ending = true
        flush()
    }

    func whenWritten(_ body: @escaping () -> Void) {
        written = body
        flush()
    }

    private func flush() {
        while pending > 0, let raw = descriptor?.raw {
            let count = bytes.withUnsafeBytes {
                try? StreamIO.write(raw, UnsafeRawBufferPointer(rebasing: $0[offset...]))
            }
            guard let count else { break }
            offset += count
        }
        guard pending == 0 else { return }
        written?()
        written = nil
        if ending { close() }
    }

    func close() {
        if let watch { loop.deregister(watch) }
        watch = nil
        descriptor = nil
    }
}

import LinuxSystem
import TestSupport
import Testing

/// A `berth` that runs beside the test.
final class RunningClient {
    private let pidfd: SharedDescriptor
    private let file: String
    private var output: Output?

    /// - Parameters:
    ///   - input: what it reads, then the end.
    ///   - output: what it writes to; collected unless said.
    init(
        _ arguments: [String], environment: [String], input: String = "", output: SharedDescriptor? = nil
    ) throws {
        file = "/tmp/berth-test-output-\(UInt64.random(in: 0...UInt64.max))"
        let collected = try openForAppending(file).shared()
        let output = output ?? collected
        var request = SpawnRequest(
            .path(Stage.berth), arguments: ["berth"] + arguments,
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] + environment)
        request.descriptors = [0: try memoryFile(Array(input.utf8)), 1: output, 2: output]
        pidfd = try spawn(request).shared()
    }

    /// Waits for its end, at most so many milliseconds; whether it has come.
    func ends(within milliseconds: CInt) throws -> Bool {
        try ProcessDescriptor.waitUntilEnded(pidfd.raw, milliseconds: milliseconds)
    }

    func signal(_ number: CInt) throws { try ProcessDescriptor.signal(pidfd.raw, number) }

    /// What it has printed so far.
    var text: String {
        output?.text ?? (try? readFile(file)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Waits for its end.
    func wait() throws -> Output {
        if let output { return output }
        let status = try ProcessDescriptor.wait(pidfd.raw)
        let output = Output(text: text, code: status?.code ?? -1)
        try removeFile(file)
        self.output = output
        return output
    }
}

/// Waits for what another process brings about and nobody tells of.
func until(_ location: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool) throws {
    // A pipe that nobody writes to: each turn gives the other process a moment.
    let pipe = try Pipe()
    let deadline = MonotonicTime.now + .seconds(120)
    while .now < deadline {
        if try condition() { return }
        _ = StreamPoll.waitReadable(pipe.read.raw, until: .now + .milliseconds(10))
    }
    Issue.record("it did not happen", sourceLocation: location)
}

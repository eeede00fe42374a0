import BerthAPI
import ContainerRuntime
import JSONRPC
import LinuxSystem
import OCISpec
import ShimStreams

extension Shim {
    // MARK: Creating

    func create() throws -> Int {
        if let launched { return Int(launched.container.pid) }
        guard !isDeleting else { throw refusal("is being deleted") }
        let spec = try bundle.readSpec()
        let settings = try ShimSettings(spec)
        let streams = makeStreams(settings)
        let launched = Launched(
            container: try launch(spec, settings, streams), streams: streams, settings: settings)
        phase = .created(launched)
        try remember(launched.container)
        return Int(launched.container.pid)
    }

    private func makeStreams(_ settings: ShimSettings) -> ProcessStreams {
        var options = ProcessStreams.Options()
        options.terminal = settings.terminal
        options.stdinOnce = settings.input == .once
        options.nonBlockingLog = settings.nonBlockingLog
        return ProcessStreams(options, hasInput: settings.input != .closed, loop: loop) { Self.report($0) }
    }

    private func launch(
        _ spec: RuntimeSpec, _ settings: ShimSettings, _ streams: ProcessStreams
    ) throws -> Container {
        var options = LaunchOptions(id: id, bundle: bundle.path)
        options.initProgram = settings.initProgram
        if !settings.terminal {
            options.streams = try streams.connectPipes(input: settings.input != .closed)
        }
        if let logStream {
            try streams.connectLog(try logStream.duplicate())
            self.logStream = nil
        }
        return try Container.create(spec, options)
    }

    /// Writes down who may be killed when this shim is gone.
    private func remember(_ container: Container) throws {
        guard let identity = ProcessIdentity(pid: container.pid) else { return }
        try bundle.write(
            ShimIdentity(
                shim: Host.processID, pid: Int(identity.pid), startTime: identity.startTime))
    }

    // MARK: Starting

    func start(_ request: ShimStart, _ context: RequestContext) throws -> ShimStart.Result {
        if let startedAt, case .running(let launched, _) = phase {
            return .init(startedAt: startedAt, warnings: launched.container.warnings)
        }
        guard case .created(let launched) = phase else { throw refusal("is not created, or has ended") }
        do {
            try prepare(launched, request.attach)
            if let attach = request.attach { context.send(try launched.streams.attach(attach)) }
            try launched.container.start()
        } catch {
            fail(launched)
            throw error
        }
        let now = Timestamp(nanoseconds: Host.now)
        startedAt = now
        phase = .running(launched, startedAt: now)
        try launched.streams.start()
        loop.execute { trimHeap() }
        return .init(startedAt: now, warnings: launched.container.warnings)
    }

    /// Waits for the set-up, which makes the terminal.
    private func prepare(_ launched: Launched, _ attach: AttachRequest?) throws {
        try launched.container.waitUntilCreated()
        guard let terminal = launched.container.terminal else { return }
        try launched.streams.connectTerminal(terminal)
        if let size = attach?.terminalSize ?? terminalSize { try Terminal.setSize(terminal.raw, size) }
    }

    /// The program could not be executed: the runtime has taken the process and the cgroup away. As before `create`.
    private func fail(_ launched: Launched) {
        report("the start failed")
        phase = .empty
        launched.streams.finish(within: .zero) {}
    }
}

extension ProcessStreams {
    /// Makes pipes and keeps the shim's ends.
    ///
    /// - Returns: the process's ends.
    func connectPipes(input: Bool) throws -> StandardStreams {
        let output = try SharedPipe()
        let error = try SharedPipe()
        var ends = Ends(stdout: try output.read.duplicate(), stderr: try error.read.duplicate(), stdin: nil)
        let stdin: SharedDescriptor
        if input {
            let pipe = try SharedPipe()
            ends.stdin = try pipe.write.duplicate()
            stdin = pipe.read
        } else {
            stdin = try openNullDevice()
        }
        try connect(ends)
        return StandardStreams(input: stdin, output: output.write, error: error.write)
    }

    func connectTerminal(_ master: SharedDescriptor) throws {
        try connect(Ends(stdout: try master.duplicate(), stderr: nil, stdin: try master.duplicate()))
    }

    func attach(_ request: AttachRequest) throws -> Descriptor {
        try attach(stdin: request.stdin, stdout: request.stdout, stderr: request.stderr)
    }
}

/// A pipe whose ends are handed around.
struct SharedPipe {
    let read: SharedDescriptor
    let write: SharedDescriptor

    init() throws {
        let pipe = try Pipe()
        read = try pipe.read.duplicate().shared()
        write = try pipe.write.duplicate().shared()
    }
}

extension AttachRequest {
    var terminalSize: TerminalSize? {
        guard let rows, let columns else { return nil }
        return TerminalSize(rows: rows, columns: columns)
    }
}

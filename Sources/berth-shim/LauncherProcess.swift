import BerthAPI
import ContainerRuntime
import JSON
import LinuxSystem
import OCISpec

/// The launcher's own side: see `Launcher`. A copy of a process with one thread, so any code may run; it never returns
/// to its parent's frames, and never touches the loop.
struct LauncherProcess {
    let channel: ControlChannel
    /// Its parent's number.
    let shim: CInt

    func run(_ keeping: [CInt], _ body: (LauncherProcess) throws -> Void) -> Never {
        do {
            // The shim was killed: nothing is to be made any more that nobody would know of.
            try CurrentProcess.endWithParent(shim)
            try CurrentProcess.closeAll(except: keeping + [channel.raw])
            try body(self)
            try send("D")
        } catch {
            let error = BerthError(anything: error)
            let text = "\(error.kind.rawValue)\n\(error.object ?? "")\n\(error.message)"
            // Nobody is left who could be told of a failure to tell.
            try? send("E", String(decoding: text.utf8.prefix(3000), as: UTF8.self))
        }
        _ = try? channel.receive()
        CurrentProcess.exitNow(0)
    }

    func send(_ kind: Unicode.Scalar, _ text: String = "", descriptor: CInt? = nil) throws {
        try channel.send([UInt8(ascii: kind)] + Array(text.utf8.prefix(3000)), descriptor: descriptor)
    }

    // MARK: The first process

    /// Creates the container, waits for `start`, starts it.
    func launch(_ id: String, _ bundle: Bundle, _ settings: ShimSettings, _ streams: StandardStreams?) throws {
        var options = LaunchOptions(id: id, bundle: bundle.path, streams: streams)
        options.initProgram = settings.initProgram
        let spec = try bundle.readSpec()
        let container = try Container.create(spec, options)
        guard let record = container.record(bundle: bundle.path, annotations: nil) else {
            // It has ended: what it reported before says why.
            try container.waitUntilCreated()
            throw BerthError(.internal, "the container's first process was killed")
        }
        try bundle.write(
            ShimIdentity(shim: Int(shim), pid: Int(record.pid), startTime: record.startTime, container: record))
        try send("P", "\(container.pid)")
        guard case .start(let size) = try waitForStart() else {
            // It ends by itself when this process does.
            CurrentProcess.exitNow(1)
        }
        try container.waitUntilCreated()
        try tell(container.warnings, container.terminal, size)
        try container.start()
    }

    enum Word {
        /// With the terminal's size, if one was said.
        case start(TerminalSize?)
        /// The shim wants the container no more, or is gone: it must not begin.
        case abandon
    }

    func waitForStart() throws -> Word {
        guard let message = try channel.receive(), message.bytes.first == LauncherMessage.start else {
            return .abandon
        }
        let bytes = message.bytes.dropFirst().map(Int.init)
        guard bytes.count == 4 else { return .start(nil) }
        return .start(TerminalSize(rows: bytes[0] | bytes[1] << 8, columns: bytes[2] | bytes[3] << 8))
    }

    func tell(_ warnings: [String], _ terminal: SharedDescriptor?, _ size: TerminalSize?) throws {
        for warning in warnings { try send("W", warning) }
        guard let terminal else { return }
        if let size { try Terminal.setSize(terminal.raw, size) }
        try send("T", descriptor: terminal.raw)
    }

    // MARK: Further processes

    func exec(_ config: ExecConfig, _ size: TerminalSize?, _ bundle: Bundle, _ streams: StandardStreams?) throws {
        let spec = try bundle.readSpec()
        let container = try Container.adopt(try Self.container(in: bundle.readIdentity()))
        let user = config.user ?? spec.annotations?[RuntimeAnnotation.user]
        var options = ExecOptions(user: user, streams: streams)
        options.groups = spec.groups
        let started = try container.exec(try Self.process(config, size, spec), options)
        try tell(started.warnings, started.terminal, nil)
        try send("P", "\(started.pid)")
    }

    // MARK: Limits

    func update(_ resources: JSON, _ bundle: Bundle) throws {
        var identity = try bundle.readIdentity()
        var record = try Self.container(in: identity)
        let container = try Container.adopt(record)
        try container.update(try resources.decode(RuntimeSpec.Resources.self))
        // Later processes enter the parts of the group that were made for the new limits.
        let parts = container.cgroup?.partsLeft ?? []
        guard parts != record.cgroupPartsLeft else { return }
        record.cgroupPartsLeft = parts
        identity.container = record
        try bundle.write(identity)
    }

    // MARK: Its end

    /// Once everything of the container is removed; what went wrong in them.
    func runPoststopHooks(_ bundle: Bundle) throws -> [String] {
        try Self.container(in: bundle.readIdentity()).runPoststopHooks()
    }

    private static func container(in identity: ShimIdentity) throws -> ContainerRecord {
        guard let record = identity.container else { throw BerthError(.corrupted, "shim.json has no container") }
        return record
    }

    /// The container's own process description, with what the exec says instead.
    static func process(
        _ config: ExecConfig, _ size: TerminalSize?, _ spec: RuntimeSpec
    ) throws -> RuntimeSpec.Process {
        guard var process = spec.process else { throw BerthError(.corrupted, "config.json has no process") }
        process.args = config.arguments
        process.env = ProcessEnvironment.merged((process.env ?? []) + (config.environment ?? []))
        process.terminal = config.terminal
        process.consoleSize = size.map { .init(height: $0.rows, width: $0.columns) }
        if let folder = config.workingDirectory { process.cwd = folder }
        if config.privileged == true {
            let all = CapabilityNames.available
            process.capabilities = .init(bounding: all, effective: all, permitted: all)
        }
        return process
    }
}

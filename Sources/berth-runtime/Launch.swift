import ContainerRuntime
import LinuxSystem
import OCISpec

/// A container from its bundle to "created", with its state on disk.
struct Launch {
    let container: Container
    let id: String

    init(_ arguments: Arguments, _ session: Session, waitsForStart: Bool) throws {
        id = try arguments.id()
        var bundle = try Bundle(arguments)
        bundle.placeCgroup(id, namesUnits: session.namesUnits)
        let filter = try bundle.check(session.store.filters)
        try session.store.reserve(id)
        do {
            container = try Self.create(id, bundle, filter, arguments, session, waitsForStart: waitsForStart)
        } catch {
            try session.store.release(id)
            throw error
        }
    }

    private static func create(
        _ id: String, _ bundle: Bundle, _ filter: [UInt8]?, _ arguments: Arguments, _ session: Session,
        waitsForStart: Bool
    ) throws -> Container {
        let terminal = bundle.spec.process?.terminal == true
        let socket = arguments.value("console-socket")
        guard !(waitsForStart || arguments.has("detach")) || terminal == (socket != nil) else {
            throw UsageError(
                terminal
                    ? "process.terminal is true: --console-socket must say where the terminal goes"
                    : "--console-socket is given, but process.terminal is not true")
        }
        var options = try options(id, bundle, arguments, session, waitsForStart: waitsForStart)
        if let filter {
            let file = try session.store.filter(id)
            try writeFile(file, filter, durable: false)
            options.seccompFilter = file
        }
        let container = try Container.create(bundle.spec, options)
        do {
            try container.waitUntilCreated()
            for warning in container.warnings { session.log.warning(warning) }
            if var record = container.record(bundle: bundle.path, annotations: bundle.spec.annotations) {
                record.rootfs = bundle.rootfs
                record.owner = CurrentProcess.uid
                try session.store.save(record)
            }
            session.log.step("process \(container.pid) is set up in \(container.cgroup?.path ?? "no control group")")
            try Self.handOver(container.pid, container.terminal, arguments)
            return container
        } catch {
            try container.discard()
            throw error
        }
    }

    private static func options(
        _ id: String, _ bundle: Bundle, _ arguments: Arguments, _ session: Session, waitsForStart: Bool
    ) throws -> LaunchOptions {
        var options = LaunchOptions(id: id, bundle: bundle.path)
        options.preservedDescriptors = try preserved(arguments)
        options.initProgram = RuntimeCommandLine.programPath
        options.movesRoot = arguments.has("no-pivot")
        options.newSessionKeyring = !arguments.has("no-new-keyring")
        if waitsForStart { options.startListener = try ControlChannel.listen(at: try session.store.startSocket(id)) }
        return options
    }

    /// Those asked for follow those that systemd's socket activation passes (sd_listen_fds(3)).
    static func preserved(_ arguments: Arguments) throws -> CInt {
        let asked = try arguments.preservedDescriptors()
        guard let text = environmentVariable("LISTEN_FDS"), let passed = CInt(text), (0...1 << 16).contains(passed)
        else { return asked }
        return asked + passed
    }

    /// The terminal and the process's number to whom the engine says.
    static func handOver(_ pid: CInt, _ terminal: SharedDescriptor?, _ arguments: Arguments) throws {
        if let socket = arguments.value("console-socket"), let terminal {
            try ConsoleSocket.send(terminal.raw, to: socket)
        }
        if let file = arguments.value("pid-file") {
            try writeFile(file, Array("\(pid)".utf8), mode: 0o644, durable: false)
        }
    }
}

import ContainerRuntime
import LinuxSystem
import OCISpec

extension Command {
    static let launchOptions: [Arguments.Option] = [
        .init(long: "bundle", short: "b", takesValue: true), .init(long: "pid-file", takesValue: true),
        .init(long: "console-socket", takesValue: true), .init(long: "preserve-fds", takesValue: true),
        .init(long: "no-pivot", takesValue: false), .init(long: "no-new-keyring", takesValue: false),
    ]

    static let create = Command(
        usage: "create [--bundle DIR] [--pid-file FILE] [--console-socket PATH] ID", options: launchOptions
    ) {
        arguments, host in
        _ = try Launch(arguments, host, waitsForStart: true)
        return 0
    }

    static let start = Command(usage: "start ID", options: []) { arguments, host in
        let id = try arguments.id()
        let record = try host.store.load(id)
        guard record.process.isAlive else { throw LaunchError(.state, "container \(id) has ended") }
        guard try host.store.isWaiting(id) else { throw LaunchError(.state, "container \(id) is already started") }
        try Container.start(record, through: try host.store.startSocket(id))
        try removeFile(try host.store.startSocket(id))
        return 0
    }
}

/// A container from its bundle to "created", with its state on disk.
struct Launch {
    let container: Container
    let id: String

    init(_ arguments: Arguments, _ host: Session, waitsForStart: Bool) throws {
        id = try arguments.id()
        let bundle = try Bundle(arguments)
        try bundle.check()
        try host.store.reserve(id)
        do {
            container = try Self.create(id, bundle, arguments, host, waitsForStart: waitsForStart)
        } catch {
            try host.store.release(id)
            throw error
        }
    }

    private static func create(
        _ id: String, _ bundle: Bundle, _ arguments: Arguments, _ host: Session, waitsForStart: Bool
    ) throws -> Container {
        let terminal = bundle.spec.process?.terminal == true
        let socket = arguments.value("console-socket")
        guard !waitsForStart || terminal == (socket != nil) else {
            throw UsageError("--console-socket belongs to process.terminal, and process.terminal to it")
        }
        var options = LaunchOptions(id: id, bundle: bundle.path)
        options.seccompFilter = try bundle.compileSeccomp(into: try host.store.filter(id))
        options.newSessionKeyring = !arguments.has("no-new-keyring")
        options.preservedDescriptors = try arguments.number("preserve-fds") ?? 0
        options.initProgram = RuntimeCommandLine.programPath
        if waitsForStart { options.startListener = try ControlChannel.listen(at: try host.store.startSocket(id)) }
        let container = try Container.create(bundle.spec, options)
        do {
            try container.waitUntilCreated()
            for warning in container.warnings { host.log.warning(warning) }
            if let record = container.record(bundle: bundle.path, annotations: bundle.spec.annotations) {
                try host.store.save(record)
            }
            if let socket, let terminal = container.terminal { try ConsoleSocket.send(terminal.raw, to: socket) }
            if let file = arguments.value("pid-file") {
                try writeFile(file, Array("\(container.pid)".utf8), mode: 0o644, durable: false)
            }
            return container
        } catch {
            try container.discard()
            throw error
        }
    }
}

import ContainerRuntime
import JSON
import LinuxSystem
import OCISpec

extension Command {
    static let exec = Command(
        usage:
            "exec [--process FILE] [--tty] [--env NAME=VALUE] [--cwd DIR] [--user USER[:GROUP]] [--detach] ID COMMAND…",
        options: [
            .init(long: "process", short: "p", takesValue: true), .init(long: "tty", short: "t", takesValue: false),
            .init(long: "env", short: "e", takesValue: true), .init(long: "cwd", takesValue: true),
            .init(long: "user", short: "u", takesValue: true), .init(long: "detach", short: "d", takesValue: false),
            .init(long: "pid-file", takesValue: true), .init(long: "console-socket", takesValue: true),
            .init(long: "no-new-privs", takesValue: false), .init(long: "cap", short: "c", takesValue: true),
        ], interleaved: false
    ) { arguments, session in
        guard let id = arguments.words.first else { throw UsageError("a container id is missing") }
        let record = try session.store.load(id)
        let container = try Container.adopt(record)
        let started = try container.exec(try process(arguments, record), user: arguments.value("user"))
        for warning in started.warnings { session.log.warning(warning) }
        let socket = arguments.value("console-socket")
        if let socket, let terminal = started.terminal { try ConsoleSocket.send(terminal.raw, to: socket) }
        if let file = arguments.value("pid-file") {
            try writeFile(file, Array("\(started.pid)".utf8), mode: 0o644, durable: false)
        }
        if arguments.has("detach") { return 0 }
        return try Foreground(process: started.pidfd, terminal: socket == nil ? started.terminal : nil).wait().code
    }

    /// From a file, or from the command line on top of the container's own process.
    private static func process(_ arguments: Arguments, _ record: ContainerRecord) throws -> RuntimeSpec.Process {
        if let file = arguments.value("process") {
            return try JSON(parsing: try readFile(file, limit: 8 << 20)).decode(RuntimeSpec.Process.self)
        }
        let spec = try JSON(parsing: try readFile("\(record.bundle)/config.json", limit: 8 << 20))
            .decode(RuntimeSpec.self)
        guard var process = spec.process else { throw LaunchError(.invalid, "the bundle has no process") }
        process.args = Array(arguments.words.dropFirst())
        process.terminal = arguments.has("tty")
        process.env = (process.env ?? []) + (arguments.values["env"] ?? [])
        process.cwd = arguments.value("cwd") ?? process.cwd
        if arguments.has("no-new-privs") { process.noNewPrivileges = true }
        for name in arguments.values["cap"] ?? [] { process.capabilities?.add(name) }
        return process
    }
}

extension RuntimeSpec.Capabilities {
    mutating func add(_ name: String) {
        bounding = (bounding ?? []) + [name]
        effective = (effective ?? []) + [name]
        permitted = (permitted ?? []) + [name]
    }
}

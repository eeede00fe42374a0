import ContainerRuntime
import JSON
import LinuxSystem
import OCISpec

extension Command {
    static let exec = Command(
        name: "exec", summary: "Runs another program in the container.", words: "ID PROGRAM [ARGUMENTS]",
        options: [
            .value("process", "p", "FILE", "the OCI process to run; replaces all that says what runs"),
            .flag("tty", "t", "with a terminal"), .value("env", "e", "NAME=VALUE", "add a variable"),
            .value("cwd", "DIR", "the working folder"),
            .value("user", "u", "USER[:GROUP]", "by name or number"),
            .value("additional-gids", "g", "GID", "a further group"),
            .value("cap", "c", "CAPABILITY", "add a capability"),
            .flag("no-new-privs", "the program gains no privileges by an exec"),
            .value("apparmor", "PROFILE", "AppArmor profile"),
            .value("process-label", "LABEL", "SELinux label"),
            .flag("detach", "d", "do not wait for its end"),
            .value("pid-file", "FILE", "write the process's number there"),
            .value("console-socket", "SOCKET", "send the terminal's master there"),
            .value("preserve-fds", "N", "the program keeps N descriptors from 3 on"),
            .flag("ignore-paused", "also in a paused container; it begins when that is resumed"),
        ], interleaved: false
    ) { arguments, session in
        guard let id = arguments.words.first else { throw UsageError("a container id is missing") }
        let record = try session.store.load(id)
        let container = try Container.adopt(record)
        let process = try ExecProcess(arguments, record).process
        let socket = arguments.value("console-socket")
        guard process.terminal != true || socket != nil || !arguments.has("detach") else {
            throw UsageError("a terminal and --detach need --console-socket, which says where the terminal goes")
        }
        var options = ExecOptions()
        options.user = arguments.value("process") == nil ? arguments.value("user") : nil
        options.preservedDescriptors = try Launch.preserved(arguments)
        options.ignoresPause = arguments.has("ignore-paused")
        let started = try container.exec(process, options)
        for warning in started.warnings { session.log.warning(warning) }
        session.log.step("process \(started.pid) is started")
        try Launch.handOver(started.pid, started.terminal, arguments)
        if arguments.has("detach") { return 0 }
        return try Foreground(process: started.pidfd, terminal: socket == nil ? started.terminal : nil).wait().code
    }
}

/// The process of an `exec`: from a file, or from the command line on top of the container's own process.
private struct ExecProcess {
    var process: RuntimeSpec.Process

    init(_ arguments: Arguments, _ record: ContainerRecord) throws {
        if let file = arguments.value("process") {
            guard arguments.words.count == 1 else {
                throw UsageError("--process says what runs: unexpected argument \(arguments.words[1])")
            }
            process = try Bundle.decode(RuntimeSpec.Process.self, file)
            return
        }
        guard arguments.words.count > 1 else { throw UsageError("the program to run is missing") }
        let spec = try Bundle.decode(RuntimeSpec.self, "\(record.bundle)/config.json")
        guard let own = spec.process else { throw LaunchError(.invalid, "the bundle has no process") }
        process = own
        process.args = Array(arguments.words.dropFirst())
        process.terminal = arguments.has("tty")
        process.consoleSize = nil
        try addWhoAndWhere(arguments)
        try addPrivileges(arguments)
    }

    private mutating func addWhoAndWhere(_ arguments: Arguments) throws {
        for variable in arguments.all("env") where !variable.contains("=") {
            throw UsageError("option --env: \(variable) is not NAME=VALUE")
        }
        process.env = (process.env ?? []) + arguments.all("env")
        process.cwd = arguments.value("cwd") ?? process.cwd
        for text in arguments.all("additional-gids") {
            guard let group = UInt32(text), group != UInt32.max else {
                throw UsageError("option --additional-gids: \(text) is no group's number")
            }
            var user = process.user ?? RuntimeSpec.User()
            user.additionalGids = (user.additionalGids ?? []) + [group]
            process.user = user
        }
    }

    private mutating func addPrivileges(_ arguments: Arguments) throws {
        if arguments.has("no-new-privs") { process.noNewPrivileges = true }
        process.apparmorProfile = arguments.value("apparmor") ?? process.apparmorProfile
        process.selinuxLabel = arguments.value("process-label") ?? process.selinuxLabel
        guard !arguments.all("cap").isEmpty else { return }
        var sets = process.capabilities ?? RuntimeSpec.Capabilities()
        for name in arguments.all("cap") {
            guard CapabilitySets.isKnown(name) else { throw UsageError("option --cap: unknown capability \(name)") }
            sets.add(name)
        }
        process.capabilities = sets
    }
}

extension RuntimeSpec.Capabilities {
    mutating func add(_ name: String) {
        bounding = (bounding ?? []) + [name]
        effective = (effective ?? []) + [name]
        permitted = (permitted ?? []) + [name]
    }
}

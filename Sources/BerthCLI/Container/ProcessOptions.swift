import ArgumentParser
import BerthAPI
import LinuxSystem

/// What a container runs and as whom.
struct ProcessOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Keep STDIN open even if not attached")
    var interactive = false
    @Flag(name: .shortAndLong, help: "Allocate a pseudo-TTY")
    var tty = false
    @Option(
        name: [.customShort("e", allowingJoined: true), .customLong("env")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Set environment variables", valueName: "name[=value]"))
    var environment: [String] = []
    @Option(
        name: .customLong("env-file"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Read in a file of environment variables", valueName: "file"))
    var environmentFiles: [String] = []
    @Option(
        name: [.customShort("w", allowingJoined: true), .customLong("workdir")], parsing: .unconditional,
        help: ArgumentHelp("Working directory inside the container", valueName: "path"))
    var workingDirectory: String?
    @Option(
        name: [.customShort("u", allowingJoined: true), .customLong("user")], parsing: .unconditional,
        help: ArgumentHelp("Username or UID", valueName: "name|uid[:group|gid]"))
    var user: String?
    @Option(
        name: .customLong("group-add"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Add additional groups to join", valueName: "name|gid"))
    var groups: [String] = []
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Overwrite the default ENTRYPOINT of the image", valueName: "executable"))
    var entrypoint: String?
    @Flag(name: .customLong("init"), help: "Run an init inside the container that forwards signals and reaps processes")
    var initProcess = false
    @Option(
        name: .customLong("stop-signal"), parsing: .unconditional,
        help: ArgumentHelp("Signal to stop the container", valueName: "signal"))
    var stopSignal: String?
    @Option(
        name: .customLong("stop-timeout"), parsing: .unconditional,
        help: ArgumentHelp("Time to wait before the container is killed once it is told to stop", valueName: "seconds"))
    var stopTimeout: Int?

    func apply(to config: inout ContainerConfig, _ context: CommandContext) throws {
        config.terminal = tty ? true : nil
        config.openStdin = interactive ? true : nil
        let variables = try EnvironmentFlags.variables(environment, environmentFiles, context)
        config.environment = variables.isEmpty ? nil : variables
        config.workingDirectory = workingDirectory
        config.user = user
        config.groups = groups.nonEmpty
        config.entrypoint = entrypoint.map { [$0] }
        config.initProcess = initProcess ? true : nil
        config.stopSignal = try parseOne(stopSignal, of: "--stop-signal", SignalName.parse)
        config.stopTimeout = stopTimeout
    }
}

/// `-e` and `--env-file` of `run`, `create` and `exec`: the files first, so that a flag wins.
enum EnvironmentFlags {
    private static let maximumFile = 4 << 20

    static func variables(_ values: [String], _ files: [String], _ context: CommandContext) throws -> [String] {
        var variables: [String] = []
        for file in files {
            variables += try EnvironmentSpec.parseFile(try read(file), name: file, context.environment)
        }
        let parsed = try parseAll(values, of: "-e, --env") { text throws in
            try EnvironmentSpec.parse(text, context.environment)
        }
        return variables + parsed.compactMap { $0 }
    }

    static func read(_ file: String) throws -> [UInt8] {
        do {
            return try readFile(file, limit: maximumFile)
        } catch {
            throw InvalidInput("open \(file): \(error.errno)")
        }
    }
}

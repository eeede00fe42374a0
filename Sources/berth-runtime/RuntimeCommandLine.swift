import ContainerRuntime
import LinuxSystem

/// The whole command line, from the options before the verb to the exit code.
struct RuntimeCommandLine {
    private let arguments: [String]

    init(_ arguments: [String]) { self.arguments = arguments }

    func run() -> CInt {
        do {
            let global = try Arguments(arguments.dropFirst(), Session.options)
            return run(global, try Session(global))
        } catch {
            Log(path: nil, json: false).error("\(error)")
            return 1
        }
    }

    private func run(_ global: Arguments, _ session: Session) -> CInt {
        do {
            return try perform(global, session)
        } catch let error as LaunchError {
            session.log.error(error.message)
            return error.exitCode == 125 ? 1 : error.exitCode
        } catch {
            session.log.error("\(error)")
            return 1
        }
    }

    private func perform(_ global: Arguments, _ session: Session) throws -> CInt {
        if global.has("version") { return try printLine(Self.version) }
        guard let verb = global.words.first else {
            if global.has("help") { return try printLine(Self.help) }
            throw UsageError(Self.help)
        }
        let rest = global.words.dropFirst()
        if verb == "help" { return try printLine(try rest.first.map { try Command.named($0).helpPage } ?? Self.help) }
        let command = try Command.named(verb)
        let words = try Arguments(rest, command.options + [Command.help], interleaved: command.interleaved)
        if words.has("help") || global.has("help") { return try printLine(command.helpPage) }
        try runSealed(verb)
        session.log.step("\(verb) \(words.words.joined(separator: " "))")
        return try command.run(words, session)
    }

    /// A process that goes into a container is one of a program that cannot be written to from there
    /// (CVE-2019-5736).
    private func runSealed(_ verb: String) throws {
        guard ["create", "run", "exec"].contains(verb), !SealedExecutable.isRunning else { return }
        let program = try SealedExecutable.open("/proc/self/exe")
        try CurrentProcess.execute(
            program.raw, arguments: arguments,
            environment: CurrentProcess.environment + ["\(Self.pathVariable)=\(executablePath())"])
    }

    private static let pathVariable = "BERTH_RUNTIME_PATH"

    /// Where the program is on disk: the sealed one that runs has no path.
    static var programPath: String { environmentVariable(pathVariable) ?? executablePath() }

    private func printLine(_ text: String) throws -> CInt {
        try StandardStream.write(Array((text + "\n").utf8), to: StandardStream.output)
        return 0
    }

    private static let version = "berth-runtime version \(RuntimeVersion.program)\nspec: \(RuntimeVersion.spec)"

    private static var help: String {
        let verbs = Command.all.map { ("  \($0.name)", $0.summary) }
        return """
            usage: berth-runtime [GLOBAL OPTIONS] COMMAND [OPTIONS] [ARGUMENTS]

            Runs containers from OCI bundles.

            \(Option.table(verbs))

            \(Option.table(Session.options.map(\.row)))

            berth-runtime COMMAND --help tells more.
            """
    }
}

enum RuntimeVersion {
    static let program = "0.1.0"
    /// Of the OCI runtime specification.
    static let spec = "1.2.0"
    static let oldestSpec = "1.0.0"
}

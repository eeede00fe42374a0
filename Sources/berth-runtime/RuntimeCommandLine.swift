import ContainerRuntime
import LinuxSystem

/// The whole command line, from the options before the verb to the exit code.
struct RuntimeCommandLine {
    private let arguments: [String]

    init(_ arguments: [String]) { self.arguments = arguments }

    func run() -> CInt {
        do {
            let global = try Arguments(arguments.dropFirst(), Session.options)
            return run(global, Session(global))
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
        if global.has("version") { return try printLine("berth-runtime version 0.1.0\nspec: 1.2.0") }
        if global.has("help") { return try printLine(Self.help) }
        guard let verb = global.words.first else { throw UsageError(Self.help) }
        guard let command = Command.all[verb] else { throw UsageError("unknown command \(verb)") }
        try runSealed(verb)
        let words = try Arguments(global.words.dropFirst(), command.options, interleaved: command.interleaved)
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

    private static var help: String {
        let verbs = Command.all.values.map { "  berth-runtime \($0.usage)" }.sorted()
        return (["usage: berth-runtime [--root DIR] [--log FILE] [--log-format text|json] COMMAND"] + verbs)
            .joined(separator: "\n")
    }
}

import ArgumentParser
import BerthAPI
import BerthClient
import LinuxSystem

/// Runs the conformance suites: hands over to berth-conformance, whose output and exit status are this command's.
struct PluginTestCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Try whether a plugin does what the protocol says",
        usage: "berth plugin test [OPTIONS] PATH|NAME")
    /// As for `run`: 1 says that a check failed.
    static let failureStatus: CInt = 125
    static var syntax: FlagSyntax {
        var syntax = FlagSyntax()
        syntax.values = "fo"
        return syntax
    }

    @Argument(help: ArgumentHelp("A plugin's folder or executable, or the name of an installed one"))
    var plugin: String
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Run this suite only; can be repeated", valueName: "kind"))
    var kind: [String] = []
    @Option(
        parsing: .unconditional, help: ArgumentHelp("Run checks whose 'kind name' contains this", valueName: "text"))
    var filter: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("Format output: table, json or junit", valueName: "format"))
    var format: String?
    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Write the report to a file", valueName: "file"))
    var output: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The plugin's configuration, as JSON or @FILE", valueName: "json"))
    var configuration: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Domain of a registry to push to, for registry plugins", valueName: "domain"))
    var registry: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("Seconds that an answer may take", valueName: "seconds"))
    var timeout: String?
    @Flag(help: "Run the plugin without holding it to the privileges in its manifest")
    var unconfined = false

    private static let program = "berth-conformance"

    func execute(_ context: CommandContext) throws {
        let libexec = Self.libexec()
        let path = try PluginLocation(libexec: libexec).path(of: plugin, context)
        do {
            try CurrentProcess.execute(
                "\(libexec)/\(Self.program)", arguments: arguments(path), environment: CurrentProcess.environment)
        } catch {
            throw CommandFailure("\(Self.program) cannot be run: \(error)", status: Self.failureStatus)
        }
    }

    /// The program's command line.
    func arguments(_ path: String) -> [String] {
        let options = [
            ("filter", filter), ("format", format), ("output", output), ("configuration", configuration),
            ("registry", registry), ("timeout", timeout),
        ]
        return [Self.program] + kind.map { "--kind=\($0)" } + (unconfined ? ["--unconfined"] : [])
            + options.compactMap { name, value in value.map { "--\(name)=\($0)" } } + ["--", path]
    }

    /// `libexec/berth` beside the folder of this executable; when there is none, that folder itself (a build folder).
    private static func libexec() -> String {
        let folder = parentDirectory(executablePath())
        let installed = "\(parentDirectory(folder))/libexec/berth"
        return fileExists("\(installed)/\(program)") ? installed : folder
    }
}

/// Finds a plugin's folder.
struct PluginLocation {
    /// The installation's, whose plugins are found without a daemon.
    var libexec: String

    /// A path as it is; the folder of the plugin that the daemon, or else the installation, has under a name.
    func path(of plugin: String, _ context: CommandContext) throws -> String {
        if plugin.contains("/") || fileExists(plugin) { return plugin }
        do {
            return Self.folder(try context.client().call(PluginInspect(name: plugin)))
        } catch let error as BerthError where error.object == "daemon" {
            let folder = "\(libexec)/plugins/\(plugin)"
            guard fileExists("\(folder)/plugin.json") else {
                throw BerthError(
                    .notFound, "no such plugin: \(plugin)", object: "host",
                    hint: "give its folder, or start berthd: without it only plugins in \(libexec)/plugins are found")
            }
            return folder
        }
    }

    private static func folder(_ info: PluginInfo) -> String {
        let tail = info.manifest.map { "/\($0.executable)" } ?? ""
        return info.executable.hasSuffix(tail) && !tail.isEmpty
            ? String(info.executable.dropLast(tail.count)) : info.executable
    }
}

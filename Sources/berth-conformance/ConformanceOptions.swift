import ArgumentParser
import BerthAPI
import Confinement
import JSON
import LinuxSystem
import PluginConformance

/// The command line.
struct ConformanceOptions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berth-conformance", abstract: "Try whether a plugin does what the protocol says",
        discussion: "PATH is a folder with plugin.json, or an executable. Exit status: 0 when nothing failed, 1 when a "
            + "check failed, 125 when the plugin cannot be tried.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, junit, markdown }

    @Argument(help: "A plugin's folder or executable") var path: String?
    @Option(name: .customLong("kind"), help: ArgumentHelp("Run this suite only; can be repeated", valueName: "kind"))
    var kindNames: [String] = []
    @Option(help: ArgumentHelp("Run checks whose 'kind name' contains this", valueName: "text")) var filter: String?
    @Option(help: ArgumentHelp("table, json or junit; markdown for --list", valueName: "format"))
    var format = Format.table
    @Option(name: .shortAndLong, help: ArgumentHelp("Write the report to a file", valueName: "file"))
    var output: String?
    @Option(
        name: .customLong("configuration"),
        help: ArgumentHelp("The plugin's configuration, as JSON or @FILE", valueName: "json"))
    var configurationText: String?
    @Option(help: ArgumentHelp("Domain of a registry to push to, for registry plugins", valueName: "domain"))
    var registry: String?
    @Option(help: ArgumentHelp("Seconds that an answer may take", valueName: "seconds")) var timeout = 10
    @Option(help: ArgumentHelp("Where scratch folders are made", valueName: "folder")) var scratch = "/tmp"
    @Flag(help: "Run the plugin as this program runs, not held to the privileges in its manifest") var unconfined =
        false
    @Flag(help: "List the checks instead of running them") var list = false

    var kinds: [PluginKind] { kindNames.map(PluginKind.init(rawValue:)) }

    func validate() throws {
        guard list || path != nil else { throw ValidationError("a plugin's folder or executable is missing") }
        let known = Set(ConformanceCheck.all.map(\.kind))
        for kind in kinds where !known.contains(kind) {
            let names = known.map(\.rawValue).sorted().joined(separator: ", ")
            throw ValidationError("there is no suite for the kind '\(kind)'; there are \(names)")
        }
        guard timeout > 0, timeout <= 3600 else { throw ValidationError("--timeout is a number of seconds above 0") }
    }

    func run() throws -> ConformanceRun {
        var settings = ConformanceSettings()
        settings.timeout = .seconds(timeout)
        settings.scratch = absolutePath(scratch, in: currentDirectory())
        settings.registryDomain = registry
        if !unconfined { settings.confinement = Self.confinement() }
        if let text = configurationText { settings.configuration = try Self.configuration(text) }
        var run = ConformanceRun(try TestedPlugin(path: path ?? ""), settings)
        run.kinds = kinds
        run.filter = filter
        return run
    }

    /// With the program that lies beside this one; nil for who may not make namespaces.
    private static func confinement() -> ConfinementSettings? {
        let program = "\(parentDirectory(executablePath()))/berth-confine"
        guard CurrentProcess.uid == 0, fileExists(program) else { return nil }
        return ConfinementSettings(executable: program, cgroupParent: "/berth-conformance-\(Host.processID)")
    }

    private static func configuration(_ text: String) throws -> JSON {
        do {
            guard text.hasPrefix("@") else { return try JSON(parsing: text) }
            return try JSON(parsing: try readFile(String(text.dropFirst()), limit: 1 << 20))
        } catch {
            throw BerthError(.invalidArgument, "--configuration: \(error)")
        }
    }
}

import BerthAPI
import Confinement
import Engine
import JSON
import LinuxSystem
import Logging
import Supervisor
import TOMLKit

/// The command line and the configuration file, put together. The command line wins.
///
/// ```toml
/// root = "/var/lib/berth"
/// run = "/run/berth"
/// socket = "/run/berth/berth.sock"
/// group = "berth"
/// log-level = "info"
/// plugin-path = ["/etc/berth/plugins"]
/// cgroup-parent = "/berth"
/// default-network = "…"
/// default-runtime = "berth"
/// [runtimes]                 # other OCI runtimes: NAME = "/path", or { path = "/path", arguments = ["…"] }
/// [defaults]                 # driver of each kind
/// snapshotter = "…"
/// [log-options]
/// max-size = "10m"
/// test-mode = false          # whether faults may be asked for
/// confine = true             # whether plugins are held to the privileges in their manifests
/// unconfined = ["NAME"]      # instances that are not
/// [plugin.NAME]              # configuration of one plugin
/// [instances]                # further instances: NAME = "PACKAGE"
/// ```
struct Settings: Sendable {
    private static let defaultPath = "/etc/berth/berthd.toml"
    private static let known: Set = [
        "root", "run", "socket", "group", "log-level", "plugin-path", "cgroup-parent", "default-network", "defaults",
        "log-options", "plugin", "libexec", "instances", "test-mode", "runtimes", "default-runtime",
        "confine", "unconfined",
    ]

    var engine: EngineConfiguration
    var plugins: Supervisor.Configuration
    var socket: String
    var group: String
    var logLevel: Logger.Level

    init(config: String?, root: String?, run: String?, socket: String?, logLevel: String?) throws {
        let table = try Self.read(config)
        let libexec = table["libexec"]?.string ?? Self.libexec()
        let rootPath = try Self.absolute(root ?? table["root"]?.string ?? "/var/lib/berth", "root")
        let runPath = try Self.absolute(run ?? table["run"]?.string ?? "/run/berth", "run")
        engine = EngineConfiguration(
            root: rootPath, run: runPath, shim: "\(libexec)/berth-shim", runtime: "\(libexec)/berth-runtime")
        engine.files = "\(libexec)/berth-files"
        engine.executable = executablePath()
        engine.cgroupParent = table["cgroup-parent"]?.string ?? engine.cgroupParent
        engine.defaultNetwork = table["default-network"]?.string
        for (kind, name) in Self.strings(table["defaults"]) { engine.defaults[PluginKind(rawValue: kind)] = name }
        engine.logOptions = Self.strings(table["log-options"])
        engine.runtimes = try Self.runtimes(table)
        let extra = (table["plugin-path"]?.array?.compactMap { $0.string }) ?? []
        plugins = Supervisor.Configuration(
            root: rootPath, run: runPath,
            searchPath: extra + ["/etc/berth/plugins", "\(rootPath)/installed-plugins", "\(libexec)/plugins"])
        plugins.instances = Self.strings(table["instances"])
        if table["confine"]?.bool ?? true {
            let unconfined = table["unconfined"]?.array?.compactMap { $0.string } ?? []
            plugins.confinement = ConfinementSettings(
                executable: "\(libexec)/berth-confine", cgroupParent: engine.cgroupParent,
                unconfined: Set(unconfined))
        }
        plugins.testMode = table["test-mode"]?.bool ?? false
        if let tables = table["plugin"]?.table {
            for name in tables.keys {
                guard let text = tables[name]?.table?.convert(to: .json) else {
                    throw BerthError(.invalidArgument, "configuration: plugin.\(name): a table expected")
                }
                plugins.configurations[name] = try JSON(parsing: text)
            }
        }
        self.socket = try Self.absolute(socket ?? table["socket"]?.string ?? "\(runPath)/berth.sock", "socket")
        group = table["group"]?.string ?? "berth"
        self.logLevel = try Self.level(logLevel ?? table["log-level"]?.string ?? "notice")
    }

    private static func read(_ path: String?) throws -> TOMLTable {
        guard path != nil || fileExists(defaultPath) else { return TOMLTable() }
        let file = path ?? defaultPath
        do {
            let table = try TOMLTable(string: String(decoding: readFile(file, limit: 1 << 20), as: UTF8.self))
            if let unknown = table.keys.first(where: { !known.contains($0) }) {
                throw BerthError(.invalidArgument, "unknown setting \"\(unknown)\"")
            }
            return table
        } catch {
            throw BerthError(.invalidArgument, "configuration \(file): \(error)")
        }
    }

    private static func runtimes(_ settings: TOMLTable) throws -> RuntimeTable {
        var runtimes = RuntimeTable()
        let table = settings["runtimes"]?.table ?? TOMLTable()
        for name in table.keys {
            guard name != RuntimeTable.own else {
                throw BerthError(.invalidArgument, "runtimes: \(name) is the daemon's own runtime")
            }
            let entry = table[name]?.table
            guard let path = table[name]?.string ?? entry?["path"]?.string else {
                throw BerthError(.invalidArgument, "runtimes.\(name): a path or a table with one expected")
            }
            let arguments = entry?["arguments"]?.array?.compactMap { $0.string } ?? []
            runtimes.commands[name] = [try absolute(path, "runtimes.\(name)")] + arguments
        }
        runtimes.defaultName = settings["default-runtime"]?.string ?? runtimes.defaultName
        guard runtimes.names.contains(runtimes.defaultName) else {
            throw BerthError(.invalidArgument, "default-runtime: \(runtimes.defaultName) is not in runtimes")
        }
        return runtimes
    }

    private static func strings(_ value: (any TOMLValueConvertible)?) -> [String: String] {
        guard let table = value?.table else { return [:] }
        var strings: [String: String] = [:]
        for key in table.keys { strings[key] = table[key]?.string }
        return strings
    }

    /// `libexec/berth` beside the folder of this executable; when there is none, that folder itself (a build folder).
    private static func libexec() -> String {
        let folder = parentDirectory(executablePath())
        let installed = "\(parentDirectory(folder))/libexec/berth"
        return fileExists("\(installed)/berth-shim") ? installed : folder
    }

    private static func absolute(_ path: String, _ what: String) throws -> String {
        guard path.hasPrefix("/") else {
            throw BerthError(.invalidArgument, "\(what): an absolute path expected, not \(path)")
        }
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    private static func level(_ name: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: name) else {
            throw BerthError(
                .invalidArgument, "log-level: \(name) is none of trace, debug, info, notice, warning, error")
        }
        return level
    }
}

import LinuxSystem

/// The options before the verb.
struct Session {
    var store: StateStore
    var log: Log
    /// `linux.cgroupsPath` is `slice:prefix:name`.
    var namesUnits: Bool

    static let options: [Option] = [
        .value("root", "DIR", "where the containers' state is (default \(defaultRoot))"),
        .value("log", "FILE", "where errors and warnings go as well (default: the standard error alone)"),
        .value("log-format", "FORMAT", "text or json (default text)"),
        .flag("debug", "log each step too"),
        .flag("systemd-cgroup", "take linux.cgroupsPath as SLICE:PREFIX:NAME; the group is made without systemd"),
        .value("rootless", "VALUE", "accepted: what this user may do is found out"),
        .value("cgroup-manager", "MANAGER", "accepted: cgroupfs is the one there is"),
        .flag("version", "v", "print the versions"), Command.help,
    ]

    static var defaultRoot: String {
        guard CurrentProcess.uid != 0, let folder = environmentVariable("XDG_RUNTIME_DIR") else {
            return "/run/berth-runtime"
        }
        return "\(folder)/berth-runtime"
    }

    init(_ arguments: Arguments) throws(UsageError) {
        let root = arguments.value("root") ?? Self.defaultRoot
        store = StateStore(root: absolutePath(root, in: currentDirectory()))
        let format = try arguments.choice("log-format", of: ["text", "json"])
        log = Log(path: arguments.value("log"), json: format == "json", debug: arguments.has("debug"))
        namesUnits = arguments.has("systemd-cgroup") || arguments.value("cgroup-manager") == "systemd"
    }
}

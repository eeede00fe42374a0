/// What every plugin sees of the system: what executables and scripts need to run at all. Read only.
enum SystemFiles {
    /// Absent ones are left out; links stay links.
    static let paths = [
        "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
        "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime",
        "/etc/passwd", "/etc/group",
    ]

    /// Character devices of major number 1 (mem(4), null(4), random(4)).
    static let devices: [(name: String, minor: UInt32)] = [
        ("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9),
    ]

    static let links = [
        (name: "fd", target: "/proc/self/fd"), (name: "stdin", target: "/proc/self/fd/0"),
        (name: "stdout", target: "/proc/self/fd/1"), (name: "stderr", target: "/proc/self/fd/2"),
    ]

    /// The folder and the name of an absolute path.
    static func split(_ path: String) -> (parent: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("/", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }
}

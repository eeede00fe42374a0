import LinuxSystem

/// Finds the program in the container, as its user, once the root is the container's.
enum ProgramLookup {
    private static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The path to execute: what has a slash is taken as it is, anything else is looked for in `$PATH`.
    static func find(_ name: String, environment: [String]) throws(LaunchError) -> String {
        guard !name.isEmpty else { throw LaunchError(.executableNotFound, "exec: no command", .noEntry) }
        if name.utf8.contains(UInt8(ascii: "/")) {
            try check(name)
            return name
        }
        var refused: LaunchError?
        for folder in searchPath(environment).split(separator: ":", omittingEmptySubsequences: false) {
            let candidate = folder.isEmpty ? "./\(name)" : "\(folder)/\(name)"
            do {
                try check(candidate)
                return candidate
            } catch {
                if error.errno == .accessDenied && refused == nil { refused = error }
            }
        }
        if let refused { throw refused }
        throw LaunchError(
            .executableNotFound, "exec: \"\(name)\": executable file not found in $PATH", .noEntry)
    }

    private static func searchPath(_ environment: [String]) -> Substring {
        let entry = environment.first { $0.hasPrefix("PATH=") }
        return entry.map { $0.dropFirst("PATH=".count) } ?? Substring(defaultPath)
    }

    private static func check(_ path: String) throws(LaunchError) {
        do {
            try FileAccess.requireExecutable(path)
        } catch {
            throw failure(path, error)
        }
    }

    /// Words and kind for a program that cannot be run.
    static func failure(_ name: String, _ error: SystemError) -> LaunchError {
        switch error.errno {
        case .noEntry, .notDirectory:
            LaunchError(.executableNotFound, "exec: \"\(name)\": stat \(name): no such file or directory", error.errno)
        case .accessDenied:
            LaunchError(.notExecutable, "exec: \"\(name)\": permission denied", error.errno)
        case .isDirectory:
            LaunchError(.notExecutable, "exec: \"\(name)\": is a directory", error.errno)
        case .noExecutableFormat:
            LaunchError(.notExecutable, "exec \(name): exec format error", error.errno)
        default:
            LaunchError(.notExecutable, "exec \"\(name)\": \(error.errno)", error.errno)
        }
    }
}

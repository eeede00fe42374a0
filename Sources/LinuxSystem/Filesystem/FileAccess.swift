import Glibc

/// What the running process may do with a file, by its effective identity (faccessat(2), AT_EACCESS).
public enum FileAccess {
    /// Throws `noEntry`, `accessDenied`, or `isDirectory`, unless the path leads to a file that may be executed.
    public static func requireExecutable(_ path: String) throws(SystemError) {
        var status = stat()
        try systemCall("stat", path) { stat(path, &status) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw SystemError(.isDirectory, "stat", path) }
        try systemCall("access", path) { faccessat(AT_FDCWD, path, X_OK, 0x200) }
    }
}

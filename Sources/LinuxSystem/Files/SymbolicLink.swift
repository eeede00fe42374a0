import Glibc

/// Where an open file is, for messages (proc_pid_fd(5)); its number when that is not known.
func path(ofDescriptor descriptor: CInt) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
    guard count > 0 else { return "\(descriptor)" }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Where a symbolic link points to (readlink(2)); nil for what is none.
public func linkTarget(_ path: String) -> String? {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &target, target.count - 1)
    guard count > 0 else { return nil }
    return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The path without links, `.` and `..` (realpath(3)); nil when there is nothing.
public func resolvedPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
}

/// Makes a symbolic link in a folder of the caller's own (symlink(2)).
public func makeLink(_ target: String, at path: String) throws(SystemError) {
    try systemCall("symlink", path) { symlink(target, path) }
}

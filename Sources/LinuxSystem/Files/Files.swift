import CLinux
import Glibc

// Whole files of the daemon's and the plugins' own folders, by absolute path. What is inside a container or layer is
// never reached this way, but beneath a root by descriptor.

/// Whether the path leads to something (following links).
public func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }

/// Reads a whole file.
///
/// - Parameter limit: Bytes; a larger file throws `EFBIG`.
public func readFile(_ path: String, limit: Int = 16 << 20) throws(SystemError) -> [UInt8] {
    let file = Descriptor(owning: try systemCall("open", path) { open(path, O_RDONLY | O_CLOEXEC) })
    let raw = file.raw
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while true {
        let count = try systemCall("read", path) { read(raw, &chunk, chunk.count) }
        if count == 0 { return bytes }
        guard bytes.count + count <= limit else { throw SystemError(Errno(rawValue: EFBIG), "read", path) }
        bytes.append(contentsOf: chunk[..<count])
    }
}

/// Replaces a file so that a reader, and a crash, sees the old content or the new: a temporary file beside it, rename.
///
/// - Parameter durable: Also fsync the file and its folder, so that the new content survives a loss of power.
public func writeFile(
    _ path: String, _ bytes: [UInt8], mode: UInt32 = 0o600, durable: Bool = true
) throws(SystemError) {
    let temporary = "\(path).tmp\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    do {
        try createFile(temporary, bytes, mode: mode, durable: durable)
        try systemCall("rename", path) { rename(temporary, path) }
    } catch {
        unlink(temporary)
        throw error
    }
    if durable { try syncDirectory(parentDirectory(path)) }
}

private func createFile(_ path: String, _ bytes: [UInt8], mode: UInt32, durable: Bool) throws(SystemError) {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
    let file = Descriptor(owning: try systemCall("open", path) { open(path, flags, mode_t(mode)) })
    let raw = file.raw
    // The umask takes bits away; the mode asked for is the mode given.
    try systemCall("fchmod", path) { fchmod(raw, mode_t(mode)) }
    try writeAll(bytes, to: raw, path)
    if durable { try systemCall("fsync", path) { fsync(raw) } }
}

/// Rewrites a file in place, keeping its inode: for files that are bind-mounted into a container.
public func rewriteFile(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(SystemError) {
    let flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
    let file = Descriptor(owning: try systemCall("open", path) { open(path, flags, mode_t(mode)) })
    let raw = file.raw
    try systemCall("fchmod", path) { fchmod(raw, mode_t(mode)) }
    try writeAll(bytes, to: raw, path)
}

private func writeAll(_ bytes: [UInt8], to descriptor: CInt, _ path: String) throws(SystemError) {
    var offset = 0
    while offset < bytes.count {
        offset += try systemCall("write", path) {
            bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + offset, $0.count - offset) }
        }
    }
}

/// fsync of a folder: makes renames and new names in it survive a loss of power.
public func syncDirectory(_ path: String) throws(SystemError) {
    let folder = Descriptor(owning: try systemCall("open", path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
    let raw = folder.raw
    try systemCall("fsync", path) { fsync(raw) }
}

/// Names in a folder, without `.` and `..`, in no order.
public func listDirectory(_ path: String) throws(SystemError) -> [String] {
    guard let stream = opendir(path) else { throw SystemError(.current, "opendir", path) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names
}

/// Makes a folder and those above it; one that exists is left as it is.
public func makeDirectory(_ path: String, mode: UInt32 = 0o700) throws(SystemError) {
    if mkdir(path, mode_t(mode)) == 0 { return }
    let errno = Errno.current
    if errno == .noEntry {
        try makeDirectory(parentDirectory(path), mode: mode)
        try systemCall("mkdir", path) { mkdir(path, mode_t(mode)) }
    } else if errno != .exists {
        throw SystemError(errno, "mkdir", path)
    }
}

/// Renames, replacing what has the name (rename(2)).
public func renameFile(_ path: String, to newPath: String) throws(SystemError) {
    try systemCall("rename", path) { rename(path, newPath) }
}

/// Removes a file; one that is not there is no error.
public func removeFile(_ path: String) throws(SystemError) {
    if unlink(path) != 0, Errno.current != .noEntry { throw SystemError(.current, "unlink", path) }
}

/// Removes a folder of the daemon's own with everything in it; one that is not there is no error. Links are removed,
/// never followed.
public func removeDirectory(_ path: String) throws(SystemError) {
    let names: [String]
    do {
        names = try listDirectory(path)
    } catch {
        if error.errno == .noEntry { return }
        throw error
    }
    for name in names {
        let child = "\(path)/\(name)"
        if unlink(child) == 0 || Errno.current == .noEntry { continue }
        guard Errno.current == .isDirectory || Errno.current == .notPermitted else {
            throw SystemError(.current, "unlink", child)
        }
        try removeDirectory(child)
    }
    if rmdir(path) != 0, Errno.current != .noEntry { throw SystemError(.current, "rmdir", path) }
}

/// The folder that a path is in.
public func parentDirectory(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Removes a folder if it is empty; one that is not, or is not there, stays as it is.
///
/// - Returns: Whether it was removed.
@discardableResult
public func removeEmptyDirectory(_ path: String) -> Bool { rmdir(path) == 0 }

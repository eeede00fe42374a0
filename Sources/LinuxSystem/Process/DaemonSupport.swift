import CLinux
import Glibc

/// A lock that only one process can hold (flock(2)); released when its holder ends, however it ends.
public struct InstanceLock: ~Copyable, Sendable {
    private let file: Descriptor

    /// - Throws: `EWOULDBLOCK` when another process holds it.
    public init(path: String) throws(SystemError) {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC
        let opened = Descriptor(owning: try systemCall("open", path) { open(path, flags, 0o600) })
        let raw = opened.raw
        try systemCall("flock", path) { flock(raw, LOCK_EX | LOCK_NB) }
        file = opened
    }

    /// Goes on with a lock that the program before this one in the process held.
    public init(inheriting file: consuming Descriptor) { self.file = file }

    /// The descriptor that holds the lock.
    public consuming func shared() -> SharedDescriptor { file.shared() }
}

/// The absolute path of the running executable, or of another process's (proc_pid_exe(5)); empty when it has ended.
public func executablePath(ofProcess pid: CInt? = nil) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink("/proc/\(pid.map(String.init) ?? "self")/exe", &buffer, Int(PATH_MAX))
    guard count > 0 else { return "" }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A peer that goes away is an error of the write, not the end of the process.
public func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }

/// Makes a file the group's, where the host has such a group (group(5)); otherwise it stays root's.
public func giveToGroup(_ path: String, named name: String) throws(SystemError) {
    guard let bytes = try? readFile("/etc/group", limit: 8 << 20) else { return }
    for line in bytes.split(separator: 10) {
        let fields = String(decoding: line, as: UTF8.self).split(separator: ":", omittingEmptySubsequences: false)
        guard fields.count >= 3, fields[0] == name, let id = gid_t(fields[2]) else { continue }
        try systemCall("chown", path) { chown(path, uid_t.max, id) }
        return
    }
}

import CLinux
import Glibc

/// A program file that nothing can write through, whoever runs it (CVE-2019-5736).
public enum SealedExecutable {
    /// Opens a program as a detached read-only mount of the file, or, where the kernel refuses that, as a sealed copy
    /// in memory. A process that runs it shows the read-only one in `/proc/<pid>/exe`.
    public static func open(_ path: String) throws(SystemError) -> Descriptor {
        do {
            return try detachedMount(path)
        } catch  where [.notPermitted, .notImplemented, .invalid].contains(error.errno) {
            return try memoryCopy(path)
        }
    }

    /// Whether the running program is already such a one.
    public static var isRunning: Bool {
        var status = statvfs()
        guard statvfs("/proc/self/exe", &status) == 0 else { return false }
        if status.f_flag & UInt(ST_RDONLY) != 0 { return true }
        let descriptor = Glibc.open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return fcntl(descriptor, getSeals) & requiredSeals == requiredSeals
    }

    private static func detachedMount(_ path: String) throws(SystemError) -> Descriptor {
        let flags = OpenTreeFlags.clone | OpenTreeFlags.closeOnExec
        let tree = Descriptor(
            owning: try systemCall("open_tree", path) { berth_open_tree(AT_FDCWD, path, flags) })
        let raw = tree.raw
        try systemCall("mount_setattr", path) {
            berth_mount_setattr(
                raw, "", OpenTreeFlags.emptyPath, MountAttributes.readOnly.rawValue | MountAttributes.noSUID.rawValue,
                0, 0, 0)
        }
        return tree
    }

    private static func memoryCopy(_ path: String) throws(SystemError) -> Descriptor {
        let source = Descriptor(owning: try systemCall("open", path) { Glibc.open(path, O_RDONLY | O_CLOEXEC) })
        let copy = Descriptor(
            owning: try systemCall("memfd_create", path) { berth_memfd("berth", 1 | 2) })
        let (from, to) = (source.raw, copy.raw)
        while try systemCall("sendfile", path, { sendfile(to, from, nil, 1 << 30) }) > 0 {}
        try systemCall("fchmod", path) { fchmod(to, 0o555) }
        try systemCall("fcntl", "F_ADD_SEALS") { fcntl(to, addSeals, requiredSeals) }
        return copy
    }

    private static let addSeals: CInt = 1033
    private static let getSeals: CInt = 1034
    private static let requiredSeals: CInt = 0x1 | 0x2 | 0x4 | 0x8
}

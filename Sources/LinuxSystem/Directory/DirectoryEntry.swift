import CLinux
import Glibc

/// How openat2(2) walks a path.
public struct Resolution: OptionSet, Hashable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Another mount on the way is an error (EXDEV).
    public static let noCrossing = Resolution(rawValue: 0x1)
    /// `/proc/*/fd/*` and their like are not followed (ELOOP).
    public static let noMagicLinks = Resolution(rawValue: 0x2)
    /// No symbolic link is followed (ELOOP).
    public static let noSymbolicLinks = Resolution(rawValue: 0x4)
    /// Leaving the starting folder is an error (EXDEV).
    public static let beneath = Resolution(rawValue: 0x8)
    /// The starting folder is the root: of absolute links, and of `..`.
    public static let inRoot = Resolution(rawValue: 0x10)

    /// Follow links as a process in a chroot does, never out of it and never through a magic link.
    public static let likeChroot: Resolution = [.inRoot, .noMagicLinks]
    /// No way out and no link at all.
    public static let strict: Resolution = [.beneath, .noSymbolicLinks]
}

/// Operations on what is in an open folder, one name at a time, and paths resolved beneath it by the kernel. Nothing
/// here follows a symbolic link in the last component.
public enum DirectoryEntry {
    /// Opens a folder beneath another (openat2(2)).
    public static func openFolder(
        _ root: CInt, _ path: BytePath, _ resolution: Resolution = .strict
    ) throws(SystemError) -> Descriptor {
        try open(root, path.isEmpty ? BytePath(".") : path, O_RDONLY | O_DIRECTORY, resolution)
    }

    /// Opens a folder of the program's own by an absolute path; links are followed.
    public static func openAbsolute(_ path: BytePath) throws(SystemError) -> Descriptor {
        try open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, [])
    }

    /// Opens a folder by its one name; a symbolic link is an error (ELOOP or ENOTDIR).
    public static func openChildFolder(_ folder: CInt, _ name: BytePath) throws(SystemError) -> Descriptor {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        return Descriptor(
            owning: try systemCall("openat", name.description) { name.withCString { openat(folder, $0, flags) } })
    }

    /// Opens anything beneath a folder for reading, without blocking on a FIFO.
    public static func openForReading(
        _ root: CInt, _ path: BytePath, _ resolution: Resolution = .strict
    ) throws(SystemError) -> Descriptor {
        try open(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, resolution)
    }

    /// Makes a file that was not there, open for writing (O_EXCL, mode 0600): EEXIST otherwise.
    public static func createFile(_ folder: CInt, _ name: BytePath) throws(SystemError) -> Descriptor {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        return Descriptor(
            owning: try systemCall("openat", name.description) {
                name.withCString { openat(folder, $0, flags, 0o600) }
            })
    }

    public static func makeFolder(_ folder: CInt, _ name: BytePath, mode: UInt32) throws(SystemError) {
        try systemCall("mkdirat", name.description) { name.withCString { mkdirat(folder, $0, mode_t(mode)) } }
    }

    /// Makes a symbolic link; its target is not looked at.
    public static func makeLink(_ folder: CInt, _ name: BytePath, to target: BytePath) throws(SystemError) {
        try systemCall("symlinkat", name.description) {
            name.withCString { name in target.withCString { symlinkat($0, folder, name) } }
        }
    }

    /// Gives a file a second name (linkat(2)); a symbolic link is linked itself.
    public static func linkFile(
        from folder: CInt, _ name: BytePath, to target: CInt, _ newName: BytePath
    ) throws(SystemError) {
        try systemCall("linkat", newName.description) {
            name.withCString { name in newName.withCString { linkat(folder, name, target, $0, 0) } }
        }
    }

    /// Makes a device, FIFO or socket node (mknodat(2)); the umask applies to the mode.
    public static func makeNode(
        _ folder: CInt, _ name: BytePath, _ type: FileType, mode: UInt32, major: UInt32 = 0, minor: UInt32 = 0
    ) throws(SystemError) {
        try systemCall("mknodat", name.description) {
            name.withCString { berth_mknodat(folder, $0, type.rawValue | mode, major, minor) }
        }
    }

    /// Removes anything but a folder.
    public static func unlink(_ folder: CInt, _ name: BytePath) throws(SystemError) {
        try systemCall("unlinkat", name.description) { name.withCString { unlinkat(folder, $0, 0) } }
    }

    /// Removes an empty folder.
    public static func removeFolder(_ folder: CInt, _ name: BytePath) throws(SystemError) {
        try systemCall("unlinkat", name.description) { name.withCString { unlinkat(folder, $0, AT_REMOVEDIR) } }
    }

    /// Renames; with `replacing` false an existing new name is EEXIST (renameat2(2), RENAME_NOREPLACE).
    public static func rename(
        _ folder: CInt, _ name: BytePath, to target: CInt, _ newName: BytePath, replacing: Bool = true
    ) throws(SystemError) {
        try systemCall("renameat2", newName.description) {
            name.withCString { name in
                newName.withCString { berth_renameat2(folder, name, target, $0, replacing ? 0 : 1) }
            }
        }
    }

    public static func status(_ folder: CInt, _ name: BytePath) throws(SystemError) -> FileStatus {
        var status = stat()
        try systemCall("fstatat", name.description) {
            name.withCString { fstatat(folder, $0, &status, AT_SYMLINK_NOFOLLOW) }
        }
        return FileStatus(status)
    }

    /// Whether something is mounted at a name (statx(2), STATX_ATTR_MOUNT_ROOT), also where the folder belongs to
    /// another mount namespace.
    public static func isMountPoint(_ folder: CInt, _ name: BytePath) throws(SystemError) -> Bool {
        try systemCall("statx", name.description) { name.withCString { berth_is_mount_root(folder, $0) } } == 1
    }

    public static func setOwner(
        _ folder: CInt, _ name: BytePath, user: UInt32, group: UInt32
    ) throws(SystemError) {
        try systemCall("fchownat", "owner \(user):\(group)") {
            name.withCString { fchownat(folder, $0, user, group, AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// Sets the times of access and modification to the same value.
    public static func setTime(_ folder: CInt, _ name: BytePath, _ time: FileTime) throws(SystemError) {
        try withTimes(time) { times throws(SystemError) in
            _ = try systemCall("utimensat", name.description) {
                name.withCString { utimensat(folder, $0, times, AT_SYMLINK_NOFOLLOW) }
            }
        }
    }

    /// Sets the permission bits of a node that must not be opened (a device), by an O_PATH descriptor of it: what was
    /// put in its place meanwhile is not touched. A symbolic link is EOPNOTSUPP.
    public static func setMode(_ folder: CInt, _ name: BytePath, _ mode: UInt32) throws(SystemError) {
        let flags = berth_open_path() | O_NOFOLLOW | O_CLOEXEC
        let node = Descriptor(
            owning: try systemCall("openat", name.description) { name.withCString { openat(folder, $0, flags) } })
        let status = try OpenFile.status(node.raw)
        guard status.type != .symbolicLink else { throw SystemError(.notSupported, "chmod", name.description) }
        let path = "/proc/self/fd/\(node.raw)"
        try systemCall("chmod", name.description) { chmod(path, mode_t(mode)) }
    }

    private static func open(
        _ root: CInt, _ path: BytePath, _ flags: CInt, _ resolution: Resolution
    ) throws(SystemError) -> Descriptor {
        Descriptor(
            owning: try systemCall("openat2", path.description) {
                path.withCString { berth_openat2(root, $0, UInt64(flags), 0, resolution.rawValue) }
            })
    }
}

/// Operations on an open file or folder.
public enum OpenFile {
    public static func status(_ file: CInt) throws(SystemError) -> FileStatus {
        var status = stat()
        try systemCall("fstat", "\(file)") { fstat(file, &status) }
        return FileStatus(status)
    }

    /// Changing the owner clears set-user-ID, set-group-ID and capabilities: set those afterwards.
    public static func setOwner(_ file: CInt, user: UInt32, group: UInt32) throws(SystemError) {
        try systemCall("fchown", "owner \(user):\(group)") { fchown(file, user, group) }
    }

    public static func setMode(_ file: CInt, _ mode: UInt32) throws(SystemError) {
        try systemCall("fchmod", "\(file)") { fchmod(file, mode_t(mode)) }
    }

    /// Sets the times of access and modification to the same value.
    public static func setTime(_ file: CInt, _ time: FileTime) throws(SystemError) {
        try withTimes(time) { times throws(SystemError) in
            _ = try systemCall("futimens", "\(file)") { futimens(file, times) }
        }
    }

    /// Brings a file, or the names in a folder, to the disk (fsync(2)).
    public static func synchronize(_ file: CInt) throws(SystemError) {
        try systemCall("fsync", "\(file)") { fsync(file) }
    }

    /// Brings everything of the file system that `file` is on to its disk (syncfs(2)).
    public static func synchronizeFileSystem(_ file: CInt) throws(SystemError) {
        try systemCall("syncfs", "\(file)") { berth_syncfs(file) }
    }
}

private func withTimes(
    _ time: FileTime, _ body: (UnsafePointer<timespec>) throws(SystemError) -> Void
) throws(SystemError) {
    let pair = (time.timespec, time.timespec)
    try withUnsafePointer(to: pair) { pointer throws(SystemError) in
        try pointer.withMemoryRebound(to: timespec.self, capacity: 2) { pointer throws(SystemError) in
            try body(pointer)
        }
    }
}

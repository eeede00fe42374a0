import CLinux
import Glibc

/// Mounts handled by descriptor: no path of a container is ever resolved twice.
public enum MountTree {
    /// A detached copy of the mount at a path of this process (open_tree(2)), the caller's links followed.
    public static func copy(_ path: String, recursive: Bool) throws(SystemError) -> Descriptor {
        try openTree(AT_FDCWD, path, recursive: recursive, path)
    }

    /// A detached copy of the mount at an open file or folder.
    public static func copy(of descriptor: CInt, recursive: Bool) throws(SystemError) -> Descriptor {
        try openTree(descriptor, "", recursive: recursive, "descriptor \(descriptor)")
    }

    private static func openTree(
        _ directory: CInt, _ path: String, recursive: Bool, _ object: String
    ) throws(SystemError) -> Descriptor {
        var flags = OpenTreeFlags.clone | OpenTreeFlags.closeOnExec
        if recursive { flags |= OpenTreeFlags.recursive }
        if path.isEmpty { flags |= OpenTreeFlags.emptyPath }
        return Descriptor(owning: try systemCall("open_tree", object) { berth_open_tree(directory, path, flags) })
    }

    /// Attaches a detached mount on an open file or folder (move_mount(2)).
    public static func attach(
        _ mount: borrowing Descriptor, to target: borrowing Descriptor, _ object: String
    ) throws(SystemError) {
        let flags: UInt32 = 0x4 | 0x40  // MOVE_MOUNT_F_EMPTY_PATH, MOVE_MOUNT_T_EMPTY_PATH
        let (mount, target) = (mount.raw, target.raw)
        try systemCall("move_mount", object) { berth_move_mount(mount, "", target, "", flags) }
    }

    /// Attaches a detached mount on top of this process's root; seen only once the root is that mount.
    public static func attachOverRoot(_ mount: CInt) throws(SystemError) {
        try systemCall("move_mount", "/") { berth_move_mount(mount, "", AT_FDCWD, "/", 0x4) }
    }

    /// Detaches the mount at whose root an open folder is (umount2(2)).
    public static func detach(_ mount: CInt, _ object: String) throws(SystemError) {
        try systemCall("umount2", object) { umount2("/proc/self/fd/\(mount)", CInt(MNT_DETACH)) }
    }

    /// Changes attributes of a mount, and of those below it when recursive (mount_setattr(2)).
    public static func change(
        _ mount: CInt, set: MountAttributes = [], clear: MountAttributes = [],
        propagation: MountPropagation? = nil, recursive: Bool = false, _ object: @autoclosure () -> String = ""
    ) throws(SystemError) {
        let flags = OpenTreeFlags.emptyPath | (recursive ? OpenTreeFlags.recursive : 0)
        try systemCall("mount_setattr", object()) {
            berth_mount_setattr(mount, "", flags, set.rawValue, clear.rawValue, propagation?.rawValue ?? 0, 0)
        }
    }

    /// Sets how mounts of this whole mount namespace propagate, or that of its root alone.
    public static func setRootPropagation(_ propagation: MountPropagation, recursive: Bool) throws(SystemError) {
        let flags = recursive ? OpenTreeFlags.recursive : 0
        try systemCall("mount_setattr", "/") {
            berth_mount_setattr(AT_FDCWD, "/", flags, 0, 0, propagation.rawValue, 0)
        }
    }

    /// Maps the user ids of a detached mount through a user namespace (mount_setattr(2), `MOUNT_ATTR_IDMAP`).
    public static func mapIDs(
        _ mount: CInt, userNamespace: CInt, recursive: Bool, _ object: String
    ) throws(SystemError) {
        let flags = OpenTreeFlags.emptyPath | (recursive ? OpenTreeFlags.recursive : 0)
        try systemCall("mount_setattr", "\(object) idmap") {
            berth_mount_setattr(mount, "", flags, MountAttributes.idMap.rawValue, 0, 0, UInt64(userNamespace))
        }
    }

    /// Makes an attached mount the root of this mount namespace and drops the old one with all below it.
    ///
    /// Both roots are stacked at one place, so no folder of the new root is needed for the old (pivot_root(2)).
    ///
    /// - Parameter moving: the old root stays below, out of reach, for a host whose root cannot be pivoted (chroot(2)).
    public static func becomeRoot(_ root: CInt, moving: Bool = false) throws(SystemError) {
        if moving {
            try systemCall("fchdir", "new root") { fchdir(root) }
            try systemCall("chroot", "new root") { chroot(".") }
            return
        }
        let old = Descriptor(
            owning: try systemCall("open", "/") { open("/", OpenFlags.path | O_DIRECTORY | O_CLOEXEC) })
        try systemCall("fchdir", "new root") { fchdir(root) }
        try systemCall("pivot_root") { berth_pivot_root(".", ".") }
        let raw = old.raw
        try systemCall("fchdir", "old root") { fchdir(raw) }
        // What the old tree still shares with its peers must not be unmounted there.
        try systemCall("mount_setattr", "old root") {
            berth_mount_setattr(
                AT_FDCWD, ".", OpenTreeFlags.recursive, 0, 0, MountPropagation.slave.rawValue, 0)
        }
        try systemCall("umount2", "old root") { umount2(".", CInt(MNT_DETACH)) }
        try systemCall("chdir", "/") { chdir("/") }
    }
}

/// Attributes of a mount (mount_setattr(2), `MOUNT_ATTR_…`).
public struct MountAttributes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let readOnly = MountAttributes(rawValue: 0x1)
    public static let noSUID = MountAttributes(rawValue: 0x2)
    public static let noDevices = MountAttributes(rawValue: 0x4)
    public static let noExecution = MountAttributes(rawValue: 0x8)
    public static let noAccessTime = MountAttributes(rawValue: 0x10)
    public static let strictAccessTime = MountAttributes(rawValue: 0x20)
    public static let noDirectoryAccessTime = MountAttributes(rawValue: 0x80)
    public static let idMap = MountAttributes(rawValue: 0x10_0000)
    public static let noSymlinkFollow = MountAttributes(rawValue: 0x20_0000)

    /// The access-time modes are one field of three values: to set one, all are cleared first.
    public static let accessTimeMask = MountAttributes(rawValue: 0x70)
}

/// How mounts and unmounts travel between copies of a mount tree (mount_namespaces(7)).
public enum MountPropagation: UInt64, Hashable, Sendable {
    case unbindable = 0x2_0000
    case `private` = 0x4_0000
    case slave = 0x8_0000
    case shared = 0x10_0000
}

enum OpenTreeFlags {
    static let clone: UInt32 = 1
    static let closeOnExec: UInt32 = 0o2000000
    static let emptyPath: UInt32 = 0x1000
    static let recursive: UInt32 = 0x8000
}

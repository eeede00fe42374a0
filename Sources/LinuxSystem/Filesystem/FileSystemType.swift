import CLinux
import Glibc

/// A file system's magic number (statfs(2)).
public struct FileSystemType: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let proc = FileSystemType(rawValue: 0x9fa0)
    public static let sysfs = FileSystemType(rawValue: 0x6265_6572)
    public static let nsfs = FileSystemType(rawValue: 0x6e73_6673)
    public static let devpts = FileSystemType(rawValue: 0x1cd1)
    public static let tmpfs = FileSystemType(rawValue: 0x0102_1994)
    public static let ramfs = FileSystemType(rawValue: 0x8584_58f6)
    public static let cgroup = FileSystemType(rawValue: 0x27_e0eb)
    public static let cgroup2 = FileSystemType(rawValue: 0x6367_7270)
}

/// The type of the file system that an open file is on.
public func fileSystemType(_ descriptor: CInt, _ object: String = "") throws(SystemError) -> FileSystemType {
    FileSystemType(rawValue: try systemCall("fstatfs", object) { berth_file_system_type(descriptor) })
}

/// What tells one inode from all others while it is open.
public struct FileIdentity: Hashable, Sendable {
    public var device: UInt64
    public var inode: UInt64

    public init(_ descriptor: CInt) throws(SystemError) {
        self.init(try fileStatus(descriptor))
    }

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }
}

/// What the Glibc module hides.
enum OpenFlags {
    static let path: CInt = 0o10000000
}

func fileStatus(_ descriptor: CInt, _ object: String = "") throws(SystemError) -> stat {
    var status = stat()
    try systemCall("fstat", object) { fstat(descriptor, &status) }
    return status
}

import CLinux
import Glibc

/// What a directory entry is (inode(7)).
public enum FileType: UInt32, Hashable, Sendable {
    case fifo = 0o010000
    case characterDevice = 0o020000
    case directory = 0o040000
    case blockDevice = 0o060000
    case regular = 0o100000
    case symbolicLink = 0o120000
    case socket = 0o140000
}

/// A time of a file: seconds since 1970 and nanoseconds.
public struct FileTime: Hashable, Sendable {
    public var seconds: Int64
    public var nanoseconds: Int

    public init(seconds: Int64, nanoseconds: Int) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    var timespec: Glibc.timespec { Glibc.timespec(tv_sec: Int(seconds), tv_nsec: nanoseconds) }
}

/// The fields of stat(2) that Berth looks at.
public struct FileStatus: Hashable, Sendable {
    /// Nil for a type that Linux does not define.
    public var type: FileType?
    /// Permission bits, with set-user-ID, set-group-ID and sticky.
    public var mode: UInt32
    public var user: UInt32
    public var group: UInt32
    public var device: UInt64
    public var inode: UInt64
    public var links: UInt64
    /// Bytes.
    public var size: Int64
    /// Bytes taken on disk.
    public var allocated: Int64
    public var modified: FileTime
    public var deviceNumber: UInt64

    init(_ status: stat) {
        type = FileType(rawValue: status.st_mode & S_IFMT)
        mode = status.st_mode & 0o7777
        user = status.st_uid
        group = status.st_gid
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        links = UInt64(status.st_nlink)
        size = Int64(status.st_size)
        allocated = Int64(status.st_blocks) * 512
        modified = FileTime(seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int(status.st_mtim.tv_nsec))
        deviceNumber = UInt64(status.st_rdev)
    }

    /// A device's major and minor number.
    public var deviceNumbers: (major: UInt32, minor: UInt32) {
        (berth_device_major(deviceNumber), berth_device_minor(deviceNumber))
    }

    /// Whether this is how overlay writes that a name of a lower layer is gone: a character device 0:0.
    public var isOverlayWhiteout: Bool { type == .characterDevice && deviceNumber == 0 }
}

extension Errno {
    public static let quotaExceeded = Errno(rawValue: EDQUOT)
    public static let fileTooLarge = Errno(rawValue: EFBIG)
}

/// Runs a call that may fail in one expected way.
///
/// - Returns: false when it failed with `errno`.
public func succeeds(unless errno: Errno, _ body: () throws(SystemError) -> Void) throws(SystemError) -> Bool {
    do throws(SystemError) {
        try body()
        return true
    } catch {
        guard error.errno == errno else { throw error }
        return false
    }
}

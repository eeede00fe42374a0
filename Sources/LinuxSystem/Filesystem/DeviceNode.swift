import CLinux
import Glibc

/// A kind of special file (mknod(2)).
public enum DeviceKind: Sendable {
    case character, block, fifo

    var mode: UInt32 {
        switch self {
        case .character: UInt32(S_IFCHR)
        case .block: UInt32(S_IFBLK)
        case .fifo: UInt32(S_IFIFO)
        }
    }
}

public enum DeviceNode {
    /// What a device is to the kernel.
    public struct Number: Hashable, Sendable {
        public var major: UInt32
        public var minor: UInt32

        public init(major: UInt32, minor: UInt32) {
            self.major = major
            self.minor = minor
        }
    }

    /// Makes a special file in an open folder with exactly these permissions and owner. The number is not looked at for
    /// a fifo.
    public static func make(
        _ name: String, in folder: CInt, _ kind: DeviceKind, _ number: Number, permissions: UInt32, uid: UInt32,
        gid: UInt32
    ) throws(SystemError) {
        try systemCall("mknodat", name) {
            berth_mknodat(folder, name, kind.mode | permissions & 0o7777, number.major, number.minor)
        }
        if uid != 0 || gid != 0 {
            try systemCall("fchownat", name) { fchownat(folder, name, uid, gid, AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// Opens the host's /dev/null as a place and proves by its numbers that it is the null device (CVE-2025-31133).
    public static func openNull() throws(SystemError) -> Descriptor {
        try open("/dev/null", .character, Number(major: 1, minor: 3))
    }

    /// Opens a device of this mount namespace as a place and proves its kind and numbers.
    public static func open(_ path: String, _ kind: DeviceKind, _ number: Number) throws(SystemError) -> Descriptor {
        let node = Descriptor(
            owning: try systemCall("open", path) { Glibc.open(path, OpenFlags.path | O_NOFOLLOW | O_CLOEXEC) })
        guard try matches(node.raw, kind, number) else {
            throw SystemError(.invalid, "open", "\(path): not the device \(number.major):\(number.minor)")
        }
        return node
    }

    /// Whether an open file is that device, or a fifo.
    public static func matches(_ file: CInt, _ kind: DeviceKind, _ number: Number) throws(SystemError) -> Bool {
        let status = try fileStatus(file)
        guard UInt32(status.st_mode & S_IFMT) == kind.mode else { return false }
        var expected: UInt64 = 0
        _ = berth_device_number(number.major, number.minor, &expected)
        return kind == .fifo || UInt64(status.st_rdev) == expected
    }

    /// Makes a symbolic link in an open folder.
    public static func link(_ name: String, in folder: CInt, to target: String) throws(SystemError) {
        try systemCall("symlinkat", name) { symlinkat(target, folder, name) }
    }
}

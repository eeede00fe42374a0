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
    /// Makes a special file in an open folder with exactly these permissions and owner.
    public static func make(
        _ name: String, in folder: CInt, _ kind: DeviceKind, major: UInt32, minor: UInt32, permissions: UInt32,
        uid: UInt32, gid: UInt32
    ) throws(SystemError) {
        try systemCall("mknodat", name) { berth_mknodat(folder, name, kind.mode | permissions, major, minor) }
        if uid != 0 || gid != 0 {
            try systemCall("fchownat", name) { fchownat(folder, name, uid, gid, AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// Opens the host's /dev/null as a place and proves by its numbers that it is the null device (CVE-2025-31133).
    public static func openNull() throws(SystemError) -> Descriptor {
        try open("/dev/null", major: 1, minor: 3)
    }

    /// Opens a character device of this mount namespace and proves its numbers.
    public static func open(_ path: String, major: UInt32, minor: UInt32) throws(SystemError) -> Descriptor {
        let node = Descriptor(
            owning: try systemCall("open", path) { Glibc.open(path, OpenFlags.path | O_NOFOLLOW | O_CLOEXEC) })
        let status = try fileStatus(node.raw, path)
        var expected: UInt64 = 0
        _ = berth_device_number(major, minor, &expected)
        guard status.st_mode & S_IFMT == S_IFCHR, UInt64(status.st_rdev) == expected else {
            throw SystemError(.invalid, "open", "\(path): not the device \(major):\(minor)")
        }
        return node
    }

    /// Makes a symbolic link in an open folder.
    public static func link(_ name: String, in folder: CInt, to target: String) throws(SystemError) {
        try systemCall("symlinkat", name) { symlinkat(target, folder, name) }
    }
}

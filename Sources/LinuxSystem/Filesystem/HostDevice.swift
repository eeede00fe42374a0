import CLinux
import Glibc

/// A device node of this mount namespace (mknod(2)).
public struct HostDevice: Hashable, Sendable {
    public var path: String
    public var kind: DeviceKind
    public var major: UInt32
    public var minor: UInt32
    /// Permission bits.
    public var mode: UInt32
    public var user: UInt32
    public var group: UInt32

    /// The device that a path leads to, links followed; nil when it leads to something else.
    public init?(at path: String) throws(SystemError) {
        let node = try RootFolder.openPlace(path)
        self.init(path, try FileStatus(of: node.raw))
    }

    private init?(_ path: String, _ status: FileStatus) {
        switch status.type {
        case .characterDevice: kind = .character
        case .blockDevice: kind = .block
        default: return nil
        }
        self.path = path
        (major, minor) = Self.numbers(status.deviceNumber)
        mode = status.mode
        user = status.user
        group = status.group
    }

    /// As gnu_dev_major(3) and gnu_dev_minor(3) take a number apart.
    static func numbers(_ device: UInt64) -> (major: UInt32, minor: UInt32) {
        let major = device >> 8 & 0xfff | device >> 32 & 0xffff_f000
        let minor = device & 0xff | device >> 12 & 0xffff_ff00
        return (UInt32(truncatingIfNeeded: major), UInt32(truncatingIfNeeded: minor))
    }

    /// All devices in a folder and the folders below it, sorted; links are not followed, and what goes away meanwhile is
    /// left out.
    ///
    /// - Parameter skipping: names of entries that are not looked at.
    public static func all(below folder: String, skipping: Set<String> = []) throws(SystemError) -> [HostDevice] {
        var found: [HostDevice] = []
        for name in try listDirectory(folder).sorted() where !skipping.contains(name) {
            let path = "\(folder)/\(name)"
            guard let status = try status(path) else { continue }
            if status.type == .directory {
                found += try all(below: path, skipping: skipping)
            } else if let device = HostDevice(path, status) {
                found.append(device)
            }
        }
        return found
    }

    private static func status(_ path: String) throws(SystemError) -> FileStatus? {
        var status = stat()
        do {
            try systemCall("lstat", path) { lstat(path, &status) }
        } catch  where error.errno == .noEntry {
            return nil
        }
        return FileStatus(status)
    }
}

extension FileStatus {
    /// Of an open file.
    public init(of descriptor: CInt) throws(SystemError) { self.init(try fileStatus(descriptor)) }
}

extension DeviceKind {
    /// As device lists and mknod(1) name it.
    public var letter: String {
        switch self {
        case .character: "c"
        case .block: "b"
        case .fifo: "p"
        }
    }
}

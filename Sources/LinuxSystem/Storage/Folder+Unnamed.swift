import CLinux
import Glibc

extension Folder {
    /// Makes a file without a name (O_TMPFILE): gone with its last descriptor, unless it gets one.
    public func makeUnnamed() throws(SystemError) -> Descriptor {
        let flags = berth_open_unnamed() | O_RDWR | O_CLOEXEC
        return Descriptor(owning: try systemCall("open", path) { openat(raw, ".", flags, 0o600) })
    }

    /// Gives a file of the same file system, one without a name too, a name here (linkat(2)).
    ///
    /// - Returns: false when the name is taken.
    public func name(_ file: CInt, _ name: String) throws(SystemError) -> Bool {
        let raw = raw
        return try succeeds(unless: .exists) { () throws(SystemError) in
            try systemCall("linkat", name) {
                linkat(AT_FDCWD, "/proc/self/fd/\(file)", raw, name, AT_SYMLINK_FOLLOW)
            }
        }
    }
}

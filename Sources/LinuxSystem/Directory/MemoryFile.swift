import CLinux
import Glibc

/// A file that is only in memory (memfd_create(2)), with its offset at the beginning.
public func memoryFile(_ bytes: [UInt8]) throws(SystemError) -> SharedDescriptor {
    let closeOnExec: UInt32 = 1
    let file = Descriptor(owning: try systemCall("memfd_create") { berth_memfd("berth", closeOnExec) })
    try RegularFile.write(file.raw, bytes, at: 0)
    return file.shared()
}

extension SharedDescriptor {
    /// A descriptor of its own for an open file that belongs to somebody else: a standard stream.
    public convenience init(borrowing raw: CInt) throws(SystemError) {
        self.init(
            owning: try systemCall("fcntl", "F_DUPFD_CLOEXEC \(raw)") { fcntl(raw, F_DUPFD_CLOEXEC, 0) })
    }
}

import CLinux
import Glibc

/// A file in memory that a C library can write to (memfd_create(2)).
public final class MemoryFileDescriptor: Sendable {
    private let file: Descriptor

    public init(_ name: String) throws(SystemError) {
        file = Descriptor(owning: try systemCall("memfd_create", name) { berth_memfd(name, 1) })
    }

    public var raw: CInt { file.raw }

    /// All that was written.
    public func contents() throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(try fileStatus(raw).st_size))
        let count = try systemCall("pread", "memory file") { pread(raw, &bytes, bytes.count, 0) }
        return Array(bytes[..<count])
    }
}

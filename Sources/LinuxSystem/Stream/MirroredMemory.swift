import CLinux
import Glibc

/// Anonymous memory that is mapped twice, the second copy right behind the first: what a ring buffer holds is always
/// contiguous. Pages take memory when they are first touched.
public struct MirroredMemory: ~Copyable, @unchecked Sendable {
    // Sendable because the pointer has one owner, and the memory is the owner's to guard.

    /// The beginning of the first copy; bytes `0 ..< 2 * size` may be used.
    public let base: UnsafeMutableRawPointer
    /// Bytes of one copy.
    public let size: Int

    /// - Parameter size: a multiple of the page size.
    public init(size: Int) throws(SystemError) {
        let closeOnExec: UInt32 = 1
        let memory = Descriptor(owning: try systemCall("memfd_create") { berth_memfd("ring", closeOnExec) })
        let raw = memory.raw
        try systemCall("ftruncate", "\(size)") { ftruncate(raw, size) }
        let reserved = try Self.map(nil, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1)
        do throws(SystemError) {
            for copy in 0..<2 {
                let address = reserved + copy * size
                _ = try Self.map(address, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, raw)
            }
        } catch {
            munmap(reserved, 2 * size)
            throw error
        }
        base = reserved
        self.size = size
    }

    deinit { munmap(base, 2 * size) }

    private static func map(
        _ address: UnsafeMutableRawPointer?, _ size: Int, _ protection: CInt, _ flags: CInt, _ descriptor: CInt
    ) throws(SystemError) -> UnsafeMutableRawPointer {
        let result = mmap(address, size, protection, flags, descriptor, 0)
        guard let result, result != MAP_FAILED else { throw SystemError(.current, "mmap", "\(size)") }
        return result
    }
}

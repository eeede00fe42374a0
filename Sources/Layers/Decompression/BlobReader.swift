import LinuxSystem
import Synchronization

/// Reads a blob from its beginning through a buffer of fixed size.
final class BlobReader {
    /// Big enough that a system call costs nothing beside inflating it.
    private static let capacity = 256 << 10

    private let blob: CInt
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
    private var offset: Int64 = 0
    private var filled = 0
    private var taken = 0
    /// Bytes read so far, for whoever shows progress.
    private let progress: ByteCounter

    init(_ blob: CInt, progress: ByteCounter) {
        self.blob = blob
        self.progress = progress
    }

    deinit { buffer.deallocate() }

    /// What was read and not consumed; empty only at the end of the blob.
    func available() throws(SystemError) -> UnsafeMutableRawBufferPointer {
        if taken == filled {
            // By position, not by the file's offset: the caller's retry of a call finds the same blob.
            filled = try RegularFile.read(blob, into: buffer, at: offset)
            taken = 0
            offset += Int64(filled)
            progress.add(filled)
        }
        return UnsafeMutableRawBufferPointer(rebasing: buffer[taken..<filled])
    }

    func consume(_ count: Int) { taken += count }

    /// The first bytes of the blob, for telling its type.
    func peek(_ count: Int) throws(SystemError) -> [UInt8] { Array(try available().prefix(count)) }
}

/// A number that one thread raises and others read.
final class ByteCounter: Sendable {
    private let bytes = Atomic<Int64>(0)
    var value: Int64 { bytes.load(ordering: .relaxed) }
    func add(_ count: Int) { bytes.add(Int64(count), ordering: .relaxed) }
}

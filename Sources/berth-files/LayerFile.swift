import Archive
import CZlib
import Hashing
import LinuxSystem
import OCISpec

/// A layer's blob that is written to a regular file: gzip (RFC 1952), with nothing in its header that differs from one
/// run to the next.
final class LayerFile {
    private static let gzipWindow: CInt = 15 + 16
    private static let memoryLevel: CInt = 8
    /// Of 9: beyond it a root file system becomes a few percent smaller in twice the time.
    private static let level: CInt = 4

    private let file: CInt
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    private var offset: Int64 = 0

    init(_ file: CInt) throws(LayerError) {
        self.file = file
        stream.initialize(to: z_stream())
        let result = deflateInit2_(
            stream, Self.level, Z_DEFLATED, Self.gzipWindow, Self.memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            CInt(MemoryLayout<z_stream>.size))
        guard result == Z_OK else { throw LayerError(.tooLarge, "no memory to compress a layer") }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    /// - Returns: the digest of the tar stream.
    func write(_ archive: any TarStream) throws(LayerError) -> Digest {
        var hash = SHA256()
        var held = false
        while let piece = try archive.next(returning: held) {
            held = true
            hash.update(piece)
            try compress(piece, isLast: false)
        }
        try compress(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true)
        return hash.finalize()
    }

    private func compress(_ bytes: UnsafeRawBufferPointer, isLast: Bool) throws(LayerError) {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(bytes.count)
        repeat {
            stream.pointee.next_out = output.baseAddress!.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(output.count)
            deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
            try put(UnsafeRawBufferPointer(rebasing: output[..<(output.count - Int(stream.pointee.avail_out))]))
        } while stream.pointee.avail_out == 0
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(LayerError) {
        guard !bytes.isEmpty else { return }
        do { try RegularFile.write(file, bytes, at: offset) } catch { throw LayerError(error, entry: nil) }
        offset += Int64(bytes.count)
    }
}

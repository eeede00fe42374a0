import Archive
import CISAL
import Hashing
import LinuxSystem
import OCISpec

/// Writes a layer's blob: hashes the tar stream, compresses it, and writes to a regular file from its beginning.
final class BlobWriter {
    private let file: CInt
    private let gzip: GzipWriter?
    private var hash = SHA256()
    private var offset: Int64 = 0
    /// Bytes of the tar stream so far.
    private(set) var size: Int64 = 0

    /// Empties the file: a call that is repeated after a crash writes the same again.
    init(_ file: CInt, mediaType: String) throws {
        switch mediaType {
        case MediaType.layer: gzip = nil
        case MediaType.layerGzip: gzip = try GzipWriter()
        default:
            throw LayerError(.refused, "layers are written as \(MediaType.layer) or with +gzip, not as \(mediaType)")
        }
        self.file = file
        do { try RegularFile.truncate(file, to: 0) } catch { throw LayerError(error, entry: nil) }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws {
        hash.update(bytes)
        size += Int64(bytes.count)
        if let gzip { try gzip.write(bytes, last: false, to: put) } else { try put(bytes) }
    }

    func finish() throws -> PackedLayer {
        if let gzip { try gzip.write(UnsafeRawBufferPointer(start: nil, count: 0), last: true, to: put) }
        return PackedLayer(diffID: hash.finalize(), size: size)
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws {
        do { try RegularFile.write(file, bytes, at: offset) } catch { throw LayerError(error, entry: nil) }
        offset += Int64(bytes.count)
    }
}

/// gzip by ISA-L, with nothing in its header that differs from one run to the next (RFC 1952).
private final class GzipWriter {
    /// ISA-L's middle one of four: within a few percent of zlib's default in size, at several times its speed.
    private static let level: UInt32 = 2

    private let stream = UnsafeMutablePointer<isal_zstream>.allocate(capacity: 1)
    private let work: UnsafeMutableRawBufferPointer
    private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)

    init() throws {
        work = .allocate(byteCount: Int(berth_isal_level2_buffer), alignment: 64)
        isal_deflate_init(stream)
        stream.pointee.level = Self.level
        stream.pointee.level_buf = work.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.level_buf_size = UInt32(work.count)
        stream.pointee.gzip_flag = UInt16(IGZIP_GZIP)
    }

    deinit {
        stream.deallocate()
        work.deallocate()
        output.deallocate()
    }

    func write(
        _ bytes: UnsafeRawBufferPointer, last: Bool, to put: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(bytes.count)
        stream.pointee.end_of_stream = last ? 1 : 0
        repeat {
            stream.pointee.next_out = output.baseAddress!.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_out = UInt32(output.count)
            guard isal_deflate(stream) == COMP_OK else { throw LayerError(.system, "the layer cannot be compressed") }
            let count = output.count - Int(stream.pointee.avail_out)
            if count > 0 { try put(UnsafeRawBufferPointer(rebasing: output[..<count])) }
        } while stream.pointee.avail_out == 0
    }
}

import Archive
import CBzip2
import CLzma
import CZlib
import CZstd

/// By zlib, which checks sum and length. At most 32 KiB of window.
final class GzipCodec: Codec {
    private static let gzipWindow: CInt = 15 + 16

    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init() throws(LayerError) {
        stream.initialize(to: z_stream())
        let size = CInt(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, Self.gzipWindow, ZLIB_VERSION, size) == Z_OK else {
            throw Compression.gzip.noMemory
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func decode(
        _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(LayerError) -> CodecStep {
        stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(output.count)
        let result = inflate(stream, Z_NO_FLUSH)
        guard [Z_OK, Z_STREAM_END, Z_BUF_ERROR].contains(result) else {
            throw Compression.gzip.damaged(stream.pointee.msg.map { String(cString: $0) } ?? "code \(result)")
        }
        return CodecStep(
            taken: input.count - Int(stream.pointee.avail_in), made: output.count - Int(stream.pointee.avail_out),
            ended: result == Z_STREAM_END)
    }
}

/// By libbz2, which checks every block. At most 4 MiB.
final class Bzip2Codec: Codec {
    private let stream = UnsafeMutablePointer<bz_stream>.allocate(capacity: 1)

    init() throws(LayerError) {
        stream.initialize(to: bz_stream())
        guard BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK else { throw Compression.bzip2.noMemory }
    }

    deinit {
        BZ2_bzDecompressEnd(stream)
        stream.deallocate()
    }

    func decode(
        _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(LayerError) -> CodecStep {
        stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: CChar.self)
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: CChar.self)
        stream.pointee.avail_out = UInt32(output.count)
        let result = BZ2_bzDecompress(stream)
        switch result {
        case BZ_OK, BZ_STREAM_END: break
        case BZ_MEM_ERROR: throw Compression.bzip2.noMemory
        default: throw Compression.bzip2.damaged("code \(result)")
        }
        return CodecStep(
            taken: input.count - Int(stream.pointee.avail_in), made: output.count - Int(stream.pointee.avail_out),
            ended: result == BZ_STREAM_END)
    }
}

/// By liblzma, which checks every block.
final class XZCodec: Codec {
    /// Twice of what `xz -9` makes takes.
    private static let memoryLimit: UInt64 = 128 << 20

    private let stream = UnsafeMutablePointer<lzma_stream>.allocate(capacity: 1)

    init() throws(LayerError) {
        stream.initialize(to: lzma_stream())
        guard lzma_stream_decoder(stream, Self.memoryLimit, 0) == LZMA_OK else { throw Compression.xz.noMemory }
    }

    deinit {
        lzma_end(stream)
        stream.deallocate()
    }

    func decode(
        _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(LayerError) -> CodecStep {
        stream.pointee.next_in = UnsafePointer(input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = input.count
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = output.count
        let result = lzma_code(stream, LZMA_RUN)
        switch result {
        case LZMA_OK, LZMA_STREAM_END, LZMA_BUF_ERROR: break
        case LZMA_MEMLIMIT_ERROR:
            let wanted = lzma_memusage(stream) >> 20
            throw LayerError(
                .tooLarge, "the xz stream wants \(wanted) MiB of memory, more than \(Self.memoryLimit >> 20)")
        case LZMA_MEM_ERROR: throw Compression.xz.noMemory
        default: throw Compression.xz.damaged("code \(result.rawValue)")
        }
        return CodecStep(
            taken: input.count - stream.pointee.avail_in, made: output.count - stream.pointee.avail_out,
            ended: result == LZMA_STREAM_END)
    }
}

/// By libzstd, which checks a frame's sum when it has one. Its default bound on the window is 128 MiB.
final class ZstdCodec: Codec {
    private let context: OpaquePointer

    init() throws(LayerError) {
        guard let context = ZSTD_createDCtx() else { throw Compression.zstd.noMemory }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    func decode(
        _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(LayerError) -> CodecStep {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let result = ZSTD_decompressStream(context, &target, &source)
        guard ZSTD_isError(result) == 0 else {
            throw Compression.zstd.damaged(String(cString: ZSTD_getErrorName(result)))
        }
        return CodecStep(taken: source.pos, made: target.pos, ended: result == 0)
    }
}

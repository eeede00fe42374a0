import Archive
import CZstd
import LinuxSystem

/// Zstandard (RFC 8878): one frame or several, skippable ones passed over. The library's default bound on the window
/// (128 MiB, what `zstd --ultra` makes) bounds the memory.
final class ZstdStream: Decompressor {
    private let blob: BlobReader
    private let context: OpaquePointer
    /// 0: at the end of a frame. Otherwise a hint of how many bytes come.
    private var expected = 1

    init(_ blob: BlobReader) throws(LayerError) {
        guard let context = ZSTD_createDCtx() else { throw LayerError(.tooLarge, "no memory to decompress zstd") }
        self.blob = blob
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(LayerError) -> Int {
        var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        while output.pos < buffer.count {
            let bytes = try blob.nextInput()
            if bytes.isEmpty, expected == 0 { break }
            var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
            let before = output.pos
            expected = ZSTD_decompressStream(context, &output, &input)
            blob.consume(input.pos)
            if ZSTD_isError(expected) != 0 {
                throw LayerError(.damaged, "the zstd stream: " + String(cString: ZSTD_getErrorName(expected)))
            }
            if bytes.isEmpty, output.pos == before, expected != 0 {
                throw LayerError(.damaged, "the blob ends in the middle of its zstd stream")
            }
        }
        return output.pos
    }
}

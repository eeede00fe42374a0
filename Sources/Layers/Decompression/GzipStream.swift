import Archive
import CISAL
import LinuxSystem

/// gzip by ISA-L (RFC 1952): one member or several, each with its checksum verified, zeros after the last allowed.
final class GzipStream: Decompressor {
    private let blob: BlobReader
    private let state = UnsafeMutablePointer<inflate_state>.allocate(capacity: 1)
    private var inMember = true
    private var ended = false

    init(_ blob: BlobReader) {
        self.blob = blob
        isal_inflate_init(state)
        state.pointee.crc_flag = UInt32(ISAL_GZIP)
    }

    deinit { state.deallocate() }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(LayerError) -> Int {
        var filled = 0
        while filled < buffer.count, !ended {
            if !inMember, try !startMember() { break }
            filled += try inflate(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
        }
        return filled
    }

    private func inflate(into buffer: UnsafeMutableRawBufferPointer) throws(LayerError) -> Int {
        let input = try blob.nextInput()
        // Without input the inflater may still have output to hand over.
        state.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        state.pointee.avail_in = UInt32(input.count)
        state.pointee.next_out = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
        state.pointee.avail_out = UInt32(clamping: buffer.count)
        let offered = state.pointee.avail_out
        let result = isal_inflate(state)
        let written = Int(offered - state.pointee.avail_out)
        let consumed = input.count - Int(state.pointee.avail_in)
        blob.consume(consumed)
        guard result == ISAL_DECOMP_OK || result == ISAL_END_INPUT || result == ISAL_OUT_OVERFLOW else {
            throw LayerError(.damaged, Self.explain(result))
        }
        if state.pointee.block_state == ISAL_BLOCK_FINISH {
            inMember = false
        } else if input.isEmpty, written == 0 {
            throw LayerError(.damaged, "the blob ends in the middle of its gzip stream")
        }
        return written
    }

    /// Whether another member follows.
    private func startMember() throws(LayerError) -> Bool {
        while true {
            let input = try blob.nextInput()
            guard let first = input.first else {
                ended = true
                return false
            }
            if first == 0 {
                blob.consume(input.prefix { $0 == 0 }.count)
                continue
            }
            guard first == 0x1f else { throw LayerError(.damaged, "bytes follow the end of the gzip stream") }
            isal_inflate_reset(state)
            state.pointee.crc_flag = UInt32(ISAL_GZIP)
            inMember = true
            return true
        }
    }

    private static func explain(_ result: CInt) -> String {
        switch result {
        case ISAL_INVALID_WRAPPER: "not a gzip stream"
        case ISAL_UNSUPPORTED_METHOD: "gzip with a compression method that is not deflate"
        case ISAL_INCORRECT_CHECKSUM: "the gzip stream's checksum does not match"
        default: "the gzip stream is damaged (\(result))"
        }
    }
}

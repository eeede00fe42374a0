import Archive

/// Decodes one stream of a format.
protocol Codec: AnyObject {
    /// Takes from `input`, which is empty once there is no more, and fills `output`.
    ///
    /// - Throws: `LayerError` for a damaged stream.
    func decode(
        _ input: UnsafeMutableRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(LayerError) -> CodecStep
}

struct CodecStep {
    /// Bytes.
    var taken: Int
    var made: Int
    /// The stream is over; another may follow, for another decoder.
    var ended: Bool
}

/// How an archive may be compressed: what docker takes.
enum Compression: String {
    case gzip, bzip2, xz, zstd

    /// Bytes that tell which.
    static let magicSize = 6

    /// From the first bytes (RFC 1952 section 2.3.1; the formats' magic numbers; RFC 8878 sections 3.1.1 and 3.1.2).
    init?(magic head: UnsafeRawBufferPointer) {
        if head.starts(with: [0x1f, 0x8b, 0x08]) {
            self = .gzip
        } else if head.starts(with: Array("BZh".utf8)) {
            self = .bzip2
        } else if head.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) {
            self = .xz
        } else if head.starts(with: [0x28, 0xb5, 0x2f, 0xfd])
            || head.count >= 4 && head[0] & 0xf0 == 0x50 && head[1...3].elementsEqual([0x2a, 0x4d, 0x18])
        {
            self = .zstd
        } else {
            return nil
        }
    }

    func makeCodec() throws(LayerError) -> any Codec {
        switch self {
        case .gzip: try GzipCodec()
        case .bzip2: try Bzip2Codec()
        case .xz: try XZCodec()
        case .zstd: try ZstdCodec()
        }
    }

    func damaged(_ reason: String) -> LayerError { LayerError(.damaged, "the \(self) stream is damaged: \(reason)") }

    var noMemory: LayerError { LayerError(.tooLarge, "no memory to decompress \(self)") }
}

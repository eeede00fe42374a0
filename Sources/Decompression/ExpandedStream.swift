import Archive

/// The tar stream of an archive that may be compressed, with gzip, bzip2, xz or zstd: as docker does, its first bytes
/// decide. Memory is bounded whatever the archive says.
package final class ExpandedStream: TarStream {
    private static let pieceSize = 256 << 10

    private let input: ArchiveInput
    private let compression: Compression?
    private let limits: LayerLimits
    private let output: UnsafeMutableRawBufferPointer
    /// Nil between two streams of the format.
    private var codec: (any Codec)?
    private var ended = false
    private var size: Int64 = 0

    package init(_ stream: any TarStream, limits: LayerLimits = LayerLimits()) throws(LayerError) {
        input = ArchiveInput(stream)
        self.limits = limits
        // A tar says what it is in its first header, whatever its first entry is called.
        let head = try input.peek(TarMagic.end)
        compression = TarMagic.isThere(head) ? nil : Compression(magic: head)
        output = .allocate(byteCount: compression == nil ? 0 : Self.pieceSize, alignment: 64)
    }

    deinit { output.deallocate() }

    package func next(returning held: Bool) throws(LayerError) -> UnsafeRawBufferPointer? {
        guard let compression else { return try plain() }
        var filled = 0
        while filled < output.count, !ended {
            if codec == nil { codec = try nextCodec(compression) }
            guard let codec else { break }
            filled += try decode(by: codec, compression, into: .init(rebasing: output[filled...]))
        }
        try count(filled)
        return filled == 0 ? nil : UnsafeRawBufferPointer(rebasing: output[..<filled])
    }

    private func plain() throws(LayerError) -> UnsafeRawBufferPointer? {
        let piece = try input.available()
        input.consume(piece.count)
        try count(piece.count)
        return piece.isEmpty ? nil : UnsafeRawBufferPointer(piece)
    }

    private func decode(
        by codec: any Codec, _ compression: Compression, into output: UnsafeMutableRawBufferPointer
    ) throws(LayerError) -> Int {
        let bytes = try input.available()
        let step = try codec.decode(bytes, into: output)
        input.consume(step.taken)
        if step.ended {
            self.codec = nil
        } else if step.taken == 0, step.made == 0 {
            throw bytes.isEmpty
                ? LayerError(.damaged, "the archive ends in the middle of its \(compression) stream")
                : compression.damaged("it does not go on")
        }
        return step.made
    }

    /// A decoder for the first stream or a further one; zeros may lie between them and behind the last.
    private func nextCodec(_ compression: Compression) throws(LayerError) -> (any Codec)? {
        while true {
            let bytes = try input.available()
            let zeros = bytes.prefix { $0 == 0 }.count
            input.consume(zeros)
            if zeros < bytes.count { break }
            if bytes.isEmpty {
                ended = true
                return nil
            }
        }
        guard Compression(magic: try input.peek(Compression.magicSize)) == compression else {
            throw LayerError(.damaged, "bytes follow the end of the \(compression) stream")
        }
        return try compression.makeCodec()
    }

    private func count(_ bytes: Int) throws(LayerError) {
        size += Int64(bytes)
        guard size <= limits.streamSize else {
            throw LayerError(.tooLarge, "the tar stream has more than \(limits.streamSize) bytes")
        }
    }
}

/// What says that a block is a tar's header (POSIX pax, "ustar Interchange Format").
private enum TarMagic {
    private static let range = 257..<262
    static let end = range.upperBound

    static func isThere(_ head: UnsafeRawBufferPointer) -> Bool {
        head.count >= end && head[range].elementsEqual(Array("ustar".utf8))
    }
}

import Archive
import LinuxSystem
import OCISpec

/// Turns a blob into its tar stream, piece by piece.
protocol Decompressor: AnyObject {
    /// Fills as much of `buffer` as the stream still has.
    ///
    /// - Returns: bytes written; fewer than `buffer.count` only at the end of the stream.
    /// - Throws: `LayerError` for a damaged or truncated stream.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(LayerError) -> Int
}

/// How a layer's blob is compressed.
public enum LayerCompression: String, Hashable, Sendable, CaseIterable {
    case none = "tar"
    case gzip
    case zstd

    /// From the magic number (RFC 1952 section 2.3.1; RFC 8878 sections 3.1.1 and 3.1.2).
    init(magic bytes: [UInt8]) {
        if bytes.starts(with: [0x1f, 0x8b]) {
            self = .gzip
        } else if bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) {
            self = .zstd
        } else if bytes.count >= 4, bytes[0] & 0xf0 == 0x50, bytes[1...3] == [0x2a, 0x4d, 0x18] {
            self = .zstd
        } else {
            self = .none
        }
    }

    /// What a media type says, nil for one that is not a layer's.
    init?(mediaType: String) {
        switch mediaType {
        case MediaType.layer, MediaType.dockerLayer, Self.nonDistributable: self = .none
        case MediaType.layerGzip, MediaType.dockerLayerGzip, Self.nonDistributable + "+gzip", Self.dockerForeign:
            self = .gzip
        case MediaType.layerZstd, Self.nonDistributable + "+zstd": self = .zstd
        default: return nil
        }
    }

    private static let nonDistributable = "application/vnd.oci.image.layer.nondistributable.v1.tar"
    private static let dockerForeign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"

    /// A decompressor for what the blob is by its first bytes.
    ///
    /// Registries hold plain tars labelled gzip and the other way round, and every engine takes them: the digest has
    /// been verified, so the bytes decide. A media type that is no layer's at all is refused.
    static func open(_ blob: BlobReader, mediaType: String) throws(LayerError) -> any Decompressor {
        guard LayerCompression(mediaType: mediaType) != nil else {
            throw LayerError(.refused, "media type \(mediaType) is not a layer's")
        }
        let magic: [UInt8]
        do { magic = try blob.peek(4) } catch { throw LayerError(error, entry: nil) }
        switch LayerCompression(magic: magic) {
        case .none: return PlainStream(blob)
        case .gzip: return GzipStream(blob)
        case .zstd: return try ZstdStream(blob)
        }
    }
}

/// A tar that is not compressed.
final class PlainStream: Decompressor {
    private let blob: BlobReader

    init(_ blob: BlobReader) { self.blob = blob }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(LayerError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let input = try blob.nextInput()
            if input.isEmpty { break }
            let count = min(input.count, buffer.count - filled)
            UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyMemory(
                from: .init(rebasing: input[..<count]))
            blob.consume(count)
            filled += count
        }
        return filled
    }
}

extension BlobReader {
    func nextInput() throws(LayerError) -> UnsafeMutableRawBufferPointer {
        do { return try available() } catch { throw LayerError(error, entry: nil) }
    }
}

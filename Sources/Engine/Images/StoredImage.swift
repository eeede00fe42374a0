import BerthAPI
import Hashing
import OCISpec

/// An image that is here: its manifest and configuration, checked, with all its blobs in the content store.
public struct StoredImage: Codable, Hashable, Sendable {
    /// Digest of its configuration.
    public let id: String
    public let manifest: OCIDescriptor
    public let configuration: ImageConfiguration
    /// As many as the configuration has diffIDs, lowest first.
    public let layers: [OCIDescriptor]
    /// When it came here.
    public let addedAt: Timestamp
    /// Bytes of the layers' tar streams, once it was unpacked.
    public var unpackedSize: Int64?

    /// Names of the committed snapshots of its layers, lowest first (image-spec, config.md#layer-chainid).
    public var chainIDs: [String] {
        var chain: [String] = []
        for diffID in configuration.rootfs.diffIDs {
            guard let parent = chain.last else {
                chain.append(diffID)
                continue
            }
            chain.append(SHA256.digest(of: Array("\(parent) \(diffID)".utf8)).description)
        }
        return chain
    }

    /// Bytes of all layers: unpacked where known, else of the blobs.
    public var size: Int64 { unpackedSize ?? layers.reduce(0) { $0 + $1.size } }

    /// Digests of everything it needs in the content store.
    var blobs: [String] { [manifest.digest, id] + layers.map(\.digest) }

    /// Keys of everything that is, or while it is unpacked may be, of it in a snapshotter.
    var snapshotKeys: [String] { chainIDs.flatMap { [$0, Unpacker.activePrefix + $0] } }

    /// 64 digits without the algorithm.
    var hex: String { String(id.dropFirst("sha256:".count)) }
}

/// A name of an image.
struct ImageName: Codable, Hashable, Sendable {
    /// In full: with a tag (`docker.io/library/busybox:latest`), or as the repository digest that a registry gave it
    /// (`docker.io/library/busybox@sha256:…`).
    var name: String
    /// The image's id.
    var image: String
    /// What the name stands for at the registry: an index or the manifest.
    var target: OCIDescriptor

    /// - Returns: nil for a document of another version; such a name is not shown.
    var reference: ImageReference? { try? ImageReference(withoutDefaultTag: name) }
}

import BerthAPI
import ContentStore
import Hashing
import JSON
import LinuxSystem
import OCISpec

extension ImageManager {
    /// What a new image has besides its top layer.
    struct Commit: Sendable {
        /// The image whose layers are below; nil for a first layer.
        var base: StoredImage?
        /// Of an image without a base.
        var platform = Platform.host
        var execution: ImageConfiguration.Execution
        var history: ImageConfiguration.History
        var author: String?
        /// Nil for an image without a name.
        var reference: ImageReference?
        /// For which the image is unpacked at once, which checks its new layer.
        var snapshotter: String
        /// The event that tells of it.
        var action = "commit"

        fileprivate var manifestType: String { base.map(\.manifest.mediaType) ?? MediaType.manifest }
        fileprivate var isDockers: Bool { manifestType == MediaType.dockerManifest }
    }

    /// The media type for a further layer of an image: docker's and OCI's are not mixed.
    static func layerType(on base: StoredImage) -> String {
        base.manifest.mediaType == MediaType.dockerManifest ? MediaType.dockerLayerGzip : MediaType.layerGzip
    }

    /// Adds an image with one layer more than its base. It is there when it can be run; after a failure nothing is.
    func commit(_ commit: Commit, layer: NewLayer) async throws -> StoredImage {
        do {
            let image = try await store(commit, layer)
            try await writeIndex()
            return image
        } catch {
            await collectGarbage()
            throw error
        }
    }

    private func store(_ commit: Commit, _ layer: NewLayer) async throws -> StoredImage {
        let (digest, size) = try await content.digest(of: layer.file)
        let descriptor = OCIDescriptor(mediaType: layer.mediaType, digest: digest.description, size: size)
        let configuration = Self.configuration(commit, layer)
        let configBytes = try JSON(encoding: configuration).serialized()
        let id = SHA256.digest(of: configBytes).description
        let manifest = ImageManifest(
            mediaType: commit.manifestType,
            config: OCIDescriptor(
                mediaType: commit.isDockers ? MediaType.dockerConfig : MediaType.config, digest: id,
                size: Int64(configBytes.count)),
            layers: (commit.base?.layers ?? []) + [descriptor])
        let manifestBytes = try JSON(encoding: manifest).serialized()
        let image = StoredImage(
            id: id,
            manifest: OCIDescriptor(
                mediaType: commit.manifestType, digest: SHA256.digest(of: manifestBytes).description,
                size: Int64(manifestBytes.count)),
            configuration: configuration, layers: manifest.layers, addedAt: Timestamp(nanoseconds: Host.now))
        return try await leases.holding(image.blobs + image.snapshotKeys) {
            try await content.add(layer.file, as: digest)
            let content = content
            try await content.offPool {
                for bytes in [configBytes, manifestBytes] { _ = try content.write(bytes) }
            }
            return try await record(image, commit)
        }
    }

    private func record(_ image: StoredImage, _ commit: Commit) async throws -> StoredImage {
        var image = image
        image.unpackedSize = try await unpacker.unpack(image, snapshotter: commit.snapshotter)
        let name = commit.reference.map {
            ImageName(name: $0.description, image: image.id, target: image.manifest)
        }
        let familiar = commit.reference?.familiar ?? ""
        try await catalog.commit(
            .init(
                image: image, names: name.map { [$0] } ?? [],
                events: [Self.event(commit.action, image.id, name: familiar)]))
        return image
    }

    private static func configuration(_ commit: Commit, _ layer: NewLayer) -> ImageConfiguration {
        let platform = commit.platform
        var configuration =
            commit.base?.configuration
            ?? ImageConfiguration(os: platform.os, architecture: platform.architecture, diffIDs: [])
        if commit.base == nil { configuration.variant = platform.variant }
        configuration.created = commit.history.created
        configuration.author = commit.author ?? configuration.author
        configuration.config = commit.execution
        configuration.rootfs.diffIDs.append(layer.diffID)
        configuration.history = (configuration.history ?? []) + [commit.history]
        return configuration
    }
}

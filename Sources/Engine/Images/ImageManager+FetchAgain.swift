import BerthAPI
import ContentStore
import JSON
import OCISpec

extension ImageManager {
    /// Replaces a blob that is damaged or missing, from a registry that has one of the image's names.
    ///
    /// - Throws: `notFound` when no registry has it any more; then the blob stays missing.
    func fetchAgain(_ blob: String, of image: StoredImage) async throws {
        try await leases.holding(image.blobs) {
            guard let digest = Digest(blob) else { return }
            _ = try content.remove(digest)
            var failure: any Error = BerthError(.notFound, "the image has no name", object: "image \(image.id)")
            for name in catalog.names(of: image.id) {
                guard let reference = name.reference else { continue }
                do {
                    let source = try await find(reference, credentials: nil).0
                    try await source.fetch(try await descriptor(of: blob, in: image, from: source), into: content)
                    return
                } catch {
                    failure = error
                }
            }
            throw failure
        }
    }

    /// A blob's descriptor; the configuration's is in the manifest, which is fetched too where it is gone.
    private func descriptor(
        of blob: String, in image: StoredImage, from source: RegistrySource
    ) async throws -> OCIDescriptor {
        if let known = ([image.manifest] + image.layers).first(where: { $0.digest == blob }) { return known }
        guard let digest = Digest(image.manifest.digest) else {
            throw BerthError(.corrupted, "\(image.manifest.digest) is not a sha256 digest", object: "image \(image.id)")
        }
        try await source.fetch(image.manifest, into: content)
        let content = content
        let bytes = try await content.offPool { try content.read(digest, limit: ContentStore.manifestLimit) }
        return try JSON(parsing: bytes).decode(ImageManifest.self).config
    }
}

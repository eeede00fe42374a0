import BerthAPI
import ContentStore
import LinuxSystem
import OCISpec
import Supervisor

extension ImageManager {
    private static let parallelPushes = 3

    /// Sends an image: its layers and configuration, then its manifest, which makes it visible.
    ///
    /// - Throws: `notFound` when the image is not here; what registries fail with.
    func push(_ request: ImagePush, progress: @escaping ReportProgress) async throws -> ImagePush.Result {
        let reference = try Self.reference(request.reference)
        guard let tag = reference.tag, reference.digest == nil else {
            throw BerthError(
                .invalidArgument, "cannot push a digest reference", object: "image \(request.reference)",
                hint: "give the image a tag, and push that")
        }
        guard let name = catalog.name(reference.description), let image = catalog.image(name.image) else {
            throw BerthError(
                .notFound, "an image does not exist locally with the tag: \(reference.familiarName)",
                object: "image \(reference.familiar)")
        }
        let source = try pushSource(request, reference)
        return try await leases.holding(image.blobs) {
            let mountFrom = repositories(of: image, besides: reference)
            try await pushBlobs(of: image, to: source, mountFrom: mountFrom, progress: progress)
            let size = try await push(image.manifest, to: source, reference: tag)
            let draft = Self.event("push", image.id, name: reference.familiar)
            let digest = reference.withDigest(try Self.digest(image.manifest)).description
            let pushed = ImageName(name: digest, image: image.id, target: image.manifest)
            try await catalog.commit(.init(names: [pushed], events: [draft]))
            return ImagePush.Result(digest: image.manifest.digest, size: size)
        }
    }

    private func pushSource(_ request: ImagePush, _ reference: ImageReference) throws -> RegistrySource {
        try pushSource(reference, registry: request.registry, credentials: request.credentials)
    }

    /// - Parameter registry: logical name of a registry plugin, in place of the one that the routes choose.
    func pushSource(
        _ reference: ImageReference, registry: String?, credentials: RegistryCredentials?
    ) throws -> RegistrySource {
        let target = RegistryTarget(
            domain: reference.domain, repository: reference.repository, credentials: credentials)
        if let plugin = registry, !plugins.plugins(of: .registry).contains(plugin) {
            throw BerthError(
                .invalidArgument, "there is no registry plugin \"\(plugin)\"", object: "plugin \(plugin)",
                hint: "registry plugins: \(plugins.plugins(of: .registry).joined(separator: ", "))")
        }
        let plugin = try registry ?? routes.plugins(for: reference.domain)[0]
        return RegistrySource(plugin: plugin, plugins: plugins, target: target)
    }

    /// Other repositories of the same registry that had the image once.
    private func repositories(of image: StoredImage, besides reference: ImageReference) -> [String] {
        let names = catalog.names(of: image.id).compactMap(\.reference)
        let others = names.filter { $0.domain == reference.domain && $0.repository != reference.repository }
        return Set(others.map(\.repository)).sorted()
    }

    private func pushBlobs(
        of image: StoredImage, to source: RegistrySource, mountFrom: [String], progress: @escaping ReportProgress
    ) async throws {
        let config = OCIDescriptor(
            mediaType: MediaType.config, digest: image.id, size: try content.size(of: Self.digest(image.id)) ?? 0)
        let slots = Slots(Self.parallelPushes)
        try await withThrowingTaskGroup(of: Void.self) { group in
            // A blob that stands twice among the layers is sent once.
            var seen: Set<String> = []
            for blob in image.layers + [config] where seen.insert(blob.digest).inserted {
                group.addTask {
                    try await slots.run {
                        try await self.push(blob, to: source, mountFrom: mountFrom, progress: progress)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func push(
        _ blob: OCIDescriptor, to source: RegistrySource, mountFrom: [String], progress: @escaping ReportProgress
    ) async throws {
        let file = try content.open(try Self.digest(blob)).shared()
        @Sendable func report(_ phase: TransferProgress.Phase, _ current: Int64) {
            progress(TransferProgress(object: blob.digest, phase: phase, current: current, total: blob.size))
        }
        report(.waiting, 0)
        let existed = try await source.push(blob, file, mountFrom: mountFrom) { report(.uploading, $0) }
        report(existed ? .exists : .pushed, blob.size)
    }

    /// - Returns: bytes of the manifest.
    private func push(_ manifest: OCIDescriptor, to source: RegistrySource, reference: String) async throws -> Int64 {
        let file = try content.open(try Self.digest(manifest)).shared()
        _ = try await source.push(manifest, file, reference: reference)
        return manifest.size
    }

    private static func digest(_ descriptor: OCIDescriptor) throws -> Digest { try digest(descriptor.digest) }

    private static func digest(_ text: String) throws -> Digest {
        guard let digest = Digest(text) else { throw BerthError(.corrupted, "\(text) is not a sha256 digest") }
        return digest
    }
}

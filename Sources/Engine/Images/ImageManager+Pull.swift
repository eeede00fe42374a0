import BerthAPI
import ContentStore
import LinuxSystem
import OCISpec

/// Pulls of one image at the same time are one pull.
struct PullKey: Hashable, Sendable {
    var reference: ImageReference
    var platform: Platform
    var credentials: RegistryCredentials?
}

extension ImageManager {
    typealias ReportProgress = @Sendable (TransferProgress) -> Void

    /// Fetches an image, and unpacks it for the default snapshotter while it comes.
    ///
    /// - Throws: `notFound` for an image or platform that no registry has; what registries and disks fail with.
    func pull(_ request: ImagePull, progress: @escaping ReportProgress) async throws -> ImagePull.Result {
        let reference = try Self.reference(request.reference)
        let platform = try request.platform.map(Self.platform) ?? .host
        let key = PullKey(reference: reference, platform: platform, credentials: request.credentials)
        do {
            return try await pulls.run(key, onUpdate: progress) { report in
                let (source, target) = try await self.find(reference, credentials: request.credentials)
                let pull = PullOperation(
                    manager: self, reference: reference, platform: platform, source: source, target: target,
                    report: report)
                return try await pull.run()
            }
        } catch let error as BerthError {
            // What came is of no use to the next attempt, unless this one was only cut off.
            if ![.unavailable, .deadlineExceeded, .notFound].contains(error.kind) { await collectGarbage() }
            throw error
        }
    }

    static func platform(_ text: String) throws -> Platform {
        guard let platform = Platform(text) else {
            throw BerthError(
                .invalidArgument, "\"\(text)\" is not a platform", object: "platform \(text)",
                hint: "os/architecture or os/architecture/variant: linux/arm64/v8")
        }
        return platform
    }

    /// Asks the registries in their order; the first that has it is taken.
    func find(
        _ reference: ImageReference, credentials: RegistryCredentials?
    ) async throws -> (RegistrySource, OCIDescriptor) {
        let target = RegistryTarget(
            domain: reference.domain, repository: reference.repository, credentials: credentials)
        for plugin in try routes.plugins(for: reference.domain) {
            let source = RegistrySource(plugin: plugin, plugins: plugins, target: target)
            do {
                let descriptor = try await source.resolve(reference.remote)
                if let digest = reference.digest, descriptor.digest != digest.description {
                    throw BerthError(
                        .corrupted, "the registry answered \(descriptor.digest) when asked for \(digest)",
                        object: "image \(reference.familiar)", plugin: plugin)
                }
                return (source, descriptor)
            } catch let error as BerthError where error.kind == .notFound {
                continue
            }
        }
        throw BerthError(
            .notFound, "no registry has \(reference.familiar)", object: "image \(reference.familiar)",
            hint: "check the name and the tag")
    }
}

/// One pull, from a registry that has the image.
struct PullOperation: Sendable {
    let manager: ImageManager
    let reference: ImageReference
    let platform: Platform
    let source: RegistrySource
    /// What the reference stands for there.
    let target: OCIDescriptor
    let report: ImageManager.ReportProgress

    private var object: String { "image \(reference.familiar)" }
    private static let parallelLayers = 4

    func run() async throws -> ImagePull.Result {
        try ManifestReader.check(target, object)
        return try await manager.leases.holding([target.digest]) {
            if let known = try known() { return known }
            report(TransferProgress(object: target.digest, phase: .resolving))
            let (descriptor, manifest) = try await fetchManifest()
            let keys = [descriptor.digest, manifest.config.digest] + manifest.layers.map(\.digest)
            return try await manager.leases.holding(keys) {
                let image = try await fetchImage(descriptor, manifest)
                // Recorded with the leases held: from then on the record keeps what they kept.
                return try await manager.leases.holding(image.snapshotKeys) {
                    let size = try await fetchLayers(of: image)
                    return try await record(image, unpackedSize: size)
                }
            }
        }
    }

    /// The answer when the name stands for the same as before and everything is there.
    private func known() throws -> ImagePull.Result? {
        guard let name = manager.catalog.name(reference.description), name.target.digest == target.digest,
            let image = manager.catalog.image(name.image), image.configuration.runs(on: platform)
        else { return nil }
        for blob in image.blobs {
            guard let digest = Digest(blob), try manager.content.size(of: digest) != nil else { return nil }
        }
        return result(image, upToDate: true)
    }

    private func fetchManifest() async throws -> (OCIDescriptor, ImageManifest) {
        switch try await fetchDocument(target) {
        case .manifest(let manifest): return (target, manifest)
        case .index(let index):
            guard let entry = index.manifest(for: platform) else { throw noPlatform(index.manifests) }
            try ManifestReader.check(entry, object)
            guard case .manifest(let manifest) = try await fetchDocument(entry) else { throw noPlatform([]) }
            // As a thing of its own: where it stood in the index does not matter any more.
            return (OCIDescriptor(mediaType: entry.mediaType, digest: entry.digest, size: entry.size), manifest)
        }
    }

    private func fetchDocument(_ descriptor: OCIDescriptor) async throws -> ManifestReader.Document {
        let bytes = try await fetchSmall(descriptor, limit: ContentStore.manifestLimit)
        return try ManifestReader.document(bytes, mediaType: descriptor.mediaType, object)
    }

    private func fetchSmall(_ descriptor: OCIDescriptor, limit: Int) async throws -> [UInt8] {
        guard let digest = Digest(descriptor.digest) else {
            throw BerthError(.corrupted, "\(descriptor.digest) is not a sha256 digest", object: object)
        }
        return try await manager.leases.holding([descriptor.digest]) {
            try await source.fetch(descriptor, into: manager.content)
            let content = manager.content
            return try await content.offPool { try content.read(digest, limit: limit) }
        }
    }

    private func noPlatform(_ entries: [OCIDescriptor]) -> BerthError {
        let platforms = entries.compactMap { $0.platform }.filter { $0.os != "unknown" }.map(\.text)
        return BerthError(
            .notFound, "\(reference.familiar) has no image for \(platform.text)", object: object,
            hint: platforms.isEmpty ? nil : "there are: \(Set(platforms).sorted().prefix(30).joined(separator: ", "))")
    }

    private func fetchImage(_ descriptor: OCIDescriptor, _ manifest: ImageManifest) async throws -> StoredImage {
        let bytes = try await fetchSmall(manifest.config, limit: ContentStore.configLimit)
        let configuration = try ManifestReader.configuration(bytes, of: manifest, object)
        guard configuration.runs(on: platform) else {
            throw BerthError(
                .notFound,
                "\(reference.familiar) is for \(configuration.platform.text), not for \(platform.text)",
                object: object)
        }
        return StoredImage(
            id: manifest.config.digest, manifest: descriptor, configuration: configuration, layers: manifest.layers,
            addedAt: manager.catalog.image(manifest.config.digest)?.addedAt ?? Timestamp(nanoseconds: Host.now))
    }

    // MARK: Layers

    /// - Returns: bytes of the layers' tar streams where they were unpacked.
    private func fetchLayers(of image: StoredImage) async throws -> Int64? {
        let snapshotter = try manager.defaultSnapshotter()
        let slots = Slots(Self.parallelLayers)
        let sizes = try await withThrowingTaskGroup(of: Int64.self) { group in
            for index in image.layers.indices {
                group.addTask {
                    try await slots.run { try await fetch(image.layers[index]) }
                    guard let snapshotter else { return 0 }
                    return try await unpack(index, of: image, snapshotter)
                }
            }
            return try await group.reduce(0, +)
        }
        return snapshotter == nil ? nil : sizes
    }

    private func fetch(_ layer: OCIDescriptor) async throws {
        report(TransferProgress(object: layer.digest, phase: .waiting, total: layer.size))
        let fetched = try await source.fetch(layer, into: manager.content) { size in
            report(TransferProgress(object: layer.digest, phase: .downloading, current: size, total: layer.size))
        }
        let phase: TransferProgress.Phase = fetched ? .downloaded : .exists
        report(TransferProgress(object: layer.digest, phase: phase, current: layer.size, total: layer.size))
    }

    private func unpack(_ index: Int, of image: StoredImage, _ snapshotter: String) async throws -> Int64 {
        try await manager.unpacker.layer(index, of: image, snapshotter: snapshotter) { progress in
            let (layer, read) = (progress.layer, progress.read)
            report(
                TransferProgress(
                    object: layer.digest, phase: read == nil ? .done : .extracting, current: read ?? layer.size,
                    total: layer.size))
        }
    }

    // MARK: Recording

    private func record(_ image: StoredImage, unpackedSize: Int64?) async throws -> ImagePull.Result {
        var image = image
        image.unpackedSize = unpackedSize ?? manager.catalog.image(image.id)?.unpackedSize
        var names = [ImageName(name: reference.description, image: image.id, target: target)]
        if let digest = Digest(target.digest), reference.digest == nil {
            let name = reference.withDigest(digest).description
            names.append(ImageName(name: name, image: image.id, target: target))
        }
        try await manager.catalog.commit(
            .init(
                image: image, names: names,
                events: [ImageManager.event("pull", image.id, name: reference.familiar)]))
        try await manager.writeIndex()
        return result(image, upToDate: false)
    }

    private func result(_ image: StoredImage, upToDate: Bool) -> ImagePull.Result {
        ImagePull.Result(
            digest: target.digest, id: image.id, reference: reference.description, upToDate: upToDate)
    }
}

extension ImageConfiguration {
    var platform: Platform {
        var platform = Platform(os: os, architecture: architecture, variant: variant)
        platform.osVersion = osVersion
        return platform
    }

    /// Images made from scratch sometimes do not say for what.
    func runs(on platform: Platform) -> Bool {
        if os.isEmpty || architecture.isEmpty { return true }
        return platform.candidates.contains { self.platform.runs(as: $0) }
    }
}

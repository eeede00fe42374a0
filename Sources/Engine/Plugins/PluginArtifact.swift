import BerthAPI
import ContentStore
import JSON
import LinuxSystem
import OCISpec
import Supervisor

/// Plugin packages as OCI artifacts (image-spec, manifest.md, "Guidelines for Artifact Usage"): the configuration is
/// `plugin.json`, the one layer the package's archive, whose digest is the package's.
struct PluginArtifact {
    static let type = "application/vnd.berth.plugin.v1"
    static let configType = "application/vnd.berth.plugin.config.v1+json"
    static let layerType = MediaType.layer

    let images: ImageManager

    /// Fetches an artifact.
    ///
    /// - Returns: the archive, open for reading.
    /// - Throws: `failedPrecondition` for an image that is no plugin.
    func fetch(_ text: String) async throws -> SharedDescriptor {
        let reference = try ImageManager.reference(text)
        let object = "image \(reference.familiar)"
        let (source, target) = try await images.find(reference, credentials: nil)
        return try await images.leases.holding([target.digest]) {
            let bytes = try await read(target, from: source, object)
            guard let manifest = try? JSON(parsing: bytes).decode(ImageManifest.self), manifest.schemaVersion == 2,
                manifest.artifactType == Self.type || manifest.config.mediaType == Self.configType,
                let layer = manifest.layers.first, manifest.layers.count == 1
            else {
                throw BerthError(.failedPrecondition, "\(reference.familiar) is an image, not a plugin", object: object)
            }
            return try await images.leases.holding([layer.digest]) {
                try await source.fetch(layer, into: images.content)
                return try images.content.open(try Self.digest(layer)).shared()
            }
        }
    }

    private func read(_ target: OCIDescriptor, from source: RegistrySource, _ object: String) async throws -> [UInt8] {
        guard target.size <= Int64(ContentStore.manifestLimit) else {
            throw BerthError(.corrupted, "the manifest has \(target.size) bytes", object: object)
        }
        try await source.fetch(target, into: images.content)
        return try images.content.read(try Self.digest(target), limit: ContentStore.manifestLimit)
    }

    /// - Parameter archive: The package's archive (`PackageArchive`), of `layer`'s digest and size.
    func push(
        _ request: PluginPush, manifest plugin: [UInt8], archive: SharedDescriptor, layer: OCIDescriptor
    ) async throws -> PluginPush.Result {
        let reference = try ImageManager.reference(request.reference)
        guard let tag = reference.tag, reference.digest == nil else {
            throw BerthError(
                .invalidArgument, "cannot push to a digest reference", object: "image \(request.reference)")
        }
        let source = try images.pushSource(reference, registry: request.registry, credentials: request.credentials)
        let (config, configFile) = try describe(plugin, Self.configType)
        var manifest = ImageManifest(config: config, layers: [layer])
        manifest.artifactType = Self.type
        let (target, manifestFile) = try describe(try JSON(encoding: manifest).serialized(), MediaType.manifest)
        _ = try await source.push(config, configFile)
        _ = try await source.push(layer, archive)
        _ = try await source.push(target, manifestFile, reference: tag)
        return PluginPush.Result(digest: target.digest, package: layer.digest)
    }

    private func describe(_ bytes: [UInt8], _ mediaType: String) throws -> (OCIDescriptor, SharedDescriptor) {
        let digest = try images.content.write(bytes)
        let descriptor = OCIDescriptor(mediaType: mediaType, digest: digest.description, size: Int64(bytes.count))
        return (descriptor, try images.content.open(digest).shared())
    }

    private static func digest(_ descriptor: OCIDescriptor) throws -> Digest {
        guard let digest = Digest(descriptor.digest) else {
            throw BerthError(.corrupted, "\(descriptor.digest.prefix(100)) is not a sha256 digest")
        }
        return digest
    }
}

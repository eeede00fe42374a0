import BerthAPI
import ContentStore
import JSON
import OCISpec

/// Reads what registries say of images. All of it is hostile until it was checked here.
enum ManifestReader {
    enum Document {
        case index(ImageIndex)
        case manifest(ImageManifest)
    }

    /// More layers than any image has; the snapshotter may take fewer.
    private static let maximumLayers = 1024
    /// More entries than any index has.
    private static let maximumEntries = 4096
    private static let schema1 = "application/vnd.docker.distribution.manifest.v1+"
    private static let layerTypes: Set<String> = [
        MediaType.layer, MediaType.layerGzip, MediaType.layerZstd, MediaType.dockerLayer, MediaType.dockerLayerGzip,
    ]
    private static let configTypes: Set<String> = [MediaType.config, MediaType.dockerConfig]

    // MARK: Before fetching

    /// Checks the descriptor of a manifest or index, before a byte of it is fetched.
    static func check(_ descriptor: OCIDescriptor, _ object: String) throws {
        guard MediaType.manifests.contains(descriptor.mediaType) || MediaType.indexes.contains(descriptor.mediaType)
        else {
            if descriptor.mediaType.hasPrefix(schema1) {
                throw BerthError(
                    .unimplemented, "\(object) has a manifest of docker's old schema 1, which is not supported",
                    object: object, hint: "push the image again with a tool that is not older than 2017")
            }
            throw BerthError(
                .unimplemented, "\(object) is not an image: its media type is \(clipped(descriptor.mediaType))",
                object: object)
        }
        try check(descriptor, limit: ContentStore.manifestLimit, "the manifest", object)
    }

    private static func check(_ descriptor: OCIDescriptor, limit: Int, _ what: String, _ object: String) throws {
        guard Digest(descriptor.digest) != nil else {
            throw invalid(object, "\(what)'s digest \(clipped(descriptor.digest)) is not a sha256 digest")
        }
        guard descriptor.size >= 0, descriptor.size <= Int64(limit) else {
            throw invalid(object, "\(what) has \(descriptor.size) bytes where at most \(limit) are allowed")
        }
    }

    // MARK: Documents

    /// Reads an index or manifest whose digest was verified.
    ///
    /// - Throws: `corrupted` for what is not one, `unimplemented` for what is not supported.
    static func document(_ bytes: [UInt8], mediaType: String, _ object: String) throws -> Document {
        let json = try parse(bytes, "the manifest", object)
        // A document that reads as both would be a different image for every reader.
        let (isIndex, isManifest) = (json["manifests"] != nil, json["layers"] != nil)
        guard isIndex != isManifest, isIndex == MediaType.indexes.contains(mediaType) else {
            throw invalid(object, "its manifest is not what its media type \(mediaType) says")
        }
        if let own = json["mediaType"]?.string, !own.isEmpty, own != mediaType {
            throw invalid(object, "its manifest says that it is \(clipped(own)), the registry that it is \(mediaType)")
        }
        guard json["schemaVersion"]?.int == 2 else { throw invalid(object, "its manifest's schemaVersion is not 2") }
        if isIndex {
            let index = try decode(ImageIndex.self, json, "the index", object)
            guard index.manifests.count <= maximumEntries else {
                throw invalid(object, "its index has \(index.manifests.count) entries")
            }
            return .index(index)
        }
        let manifest = try decode(ImageManifest.self, json, "the manifest", object)
        try check(manifest, object)
        return .manifest(manifest)
    }

    private static func check(_ manifest: ImageManifest, _ object: String) throws {
        guard configTypes.contains(manifest.config.mediaType) else {
            let type = manifest.artifactType ?? manifest.config.mediaType
            throw BerthError(.unimplemented, "\(object) is not an image but \(clipped(type))", object: object)
        }
        try check(manifest.config, limit: ContentStore.configLimit, "the configuration", object)
        guard manifest.layers.count <= maximumLayers else {
            throw invalid(object, "it has \(manifest.layers.count) layers where at most \(maximumLayers) are allowed")
        }
        var sizes: [String: Int64] = [:]
        var total: Int64 = 0
        for layer in manifest.layers {
            try check(layer: layer, object)
            guard sizes[layer.digest, default: layer.size] == layer.size else {
                throw invalid(object, "its manifest gives layer \(layer.digest) two sizes")
            }
            sizes[layer.digest] = layer.size
            let (sum, overflow) = total.addingReportingOverflow(layer.size)
            guard !overflow else { throw invalid(object, "the sizes of its layers add up to more than there is") }
            total = sum
        }
    }

    private static func check(layer: OCIDescriptor, _ object: String) throws {
        guard Digest(layer.digest) != nil, layer.size >= 0 else {
            throw invalid(object, "layer \(clipped(layer.digest)) of \(layer.size) bytes is not a valid descriptor")
        }
        let isForeign = layer.mediaType.contains("nondistributable") || layer.mediaType.contains("foreign")
        guard !isForeign, (layer.urls ?? []).isEmpty else {
            throw BerthError(
                .unimplemented, "\(object) has a layer that is to be fetched from elsewhere, which is refused",
                object: object)
        }
        guard layerTypes.contains(layer.mediaType) else {
            throw BerthError(
                .unimplemented, "\(object) has a layer of the unknown media type \(clipped(layer.mediaType))",
                object: object)
        }
    }

    /// Reads an image's configuration whose digest was verified, and checks it against its manifest.
    static func configuration(
        _ bytes: [UInt8], of manifest: ImageManifest, _ object: String
    ) throws -> ImageConfiguration {
        let json = try parse(bytes, "the configuration", object)
        let configuration = try decode(ImageConfiguration.self, json, "the configuration", object)
        let diffIDs = configuration.rootfs.diffIDs
        guard configuration.rootfs.type == "layers", diffIDs.allSatisfy({ Digest($0) != nil }) else {
            throw invalid(object, "its configuration's rootfs is not a list of layers")
        }
        guard diffIDs.count == manifest.layers.count else {
            throw invalid(
                object, "its manifest has \(manifest.layers.count) layers, its configuration \(diffIDs.count)")
        }
        return configuration
    }

    // MARK: Pieces

    private static func parse(_ bytes: [UInt8], _ what: String, _ object: String) throws -> JSON {
        do {
            return try JSON(parsing: bytes)
        } catch {
            throw invalid(object, "\(what) is not JSON: \(error)")
        }
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type, _ json: JSON, _ what: String, _ object: String
    ) throws -> Value {
        do {
            return try json.decode(type)
        } catch {
            throw invalid(object, "\(what) is not valid: \(error)")
        }
    }

    private static func invalid(_ object: String, _ reason: String) -> BerthError {
        BerthError(.corrupted, "\(object) cannot be used: \(reason)", object: object)
    }

    /// What a stranger wrote, cut and cleaned for a message.
    private static func clipped(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(100).map { $0.isASCII && $0.value > 31 ? $0 : "?" }))
    }
}

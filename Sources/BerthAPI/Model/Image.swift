import OCISpec

/// One line of `berth images`.
public struct ImageSummary: Codable, Hashable, Sendable {
    /// Digest of the image's configuration.
    public var id: String
    /// Familiar references with a tag: `busybox:latest`, `localhost:5000/web:1`. Empty for a dangling image.
    public var references: [String]
    /// Repository digests: `busybox@sha256:…`.
    public var digests: [String]
    /// From the configuration; absent where it gives none.
    public var createdAt: Timestamp?
    /// Bytes of all layers, unpacked, where known, else of the blobs.
    public var size: Int64
    /// From the configuration.
    public var labels: [String: String]
    /// Number of containers made from it.
    public var containers: Int

    public init(
        id: String, references: [String], digests: [String], createdAt: Timestamp?, size: Int64,
        labels: [String: String], containers: Int
    ) {
        self.id = id
        self.references = references
        self.digests = digests
        self.createdAt = createdAt
        self.size = size
        self.labels = labels
        self.containers = containers
    }
}

/// Everything about one image.
public struct ImageDetail: Codable, Hashable, Sendable {
    /// What `image.list` has of it.
    public var summary: ImageSummary
    /// Of the manifest for its platform: `sha256:…`.
    public var manifestDigest: String
    /// Of that manifest.
    public var mediaType: String
    /// The image's configuration (OCI image-spec, config.md).
    public var config: ImageConfiguration
    /// As the manifest has them: the lowest first.
    public var layers: [OCIDescriptor]

    public init(
        summary: ImageSummary, manifestDigest: String, mediaType: String, config: ImageConfiguration,
        layers: [OCIDescriptor]
    ) {
        self.summary = summary
        self.manifestDigest = manifestDigest
        self.mediaType = mediaType
        self.config = config
        self.layers = layers
    }
}

/// `$/progress` of pull and push: one value per layer and change.
public struct TransferProgress: Codable, Hashable, Sendable {
    public enum Phase: String, Codable, CaseIterable, Sendable {
        case resolving, waiting, exists, downloading, verifying, downloaded, extracting, done, uploading, pushed
    }
    /// Digest of the layer, or of the manifest for `resolving`.
    public var object: String
    /// What is done with it now.
    public var phase: Phase
    /// Bytes of it so far; 0 where the phase has none.
    public var current: Int64
    /// Bytes of it; 0 where that is not known.
    public var total: Int64
    public init(object: String, phase: Phase, current: Int64 = 0, total: Int64 = 0) {
        self.object = object
        self.phase = phase
        self.current = current
        self.total = total
    }
}

/// User name and secret for a registry, as `berth login` keeps them; never logged.
public struct RegistryCredentials: Codable, Hashable, Sendable {
    /// The user's name.
    public var username: String
    /// A password or token; traces show it redacted.
    public var password: String
    public init(username: String, password: String) {
        self.username = username
        self.password = password
    }
}

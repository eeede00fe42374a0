import JSON

/// A content descriptor (OCI image-spec, descriptor.md).
public struct OCIDescriptor: Codable, Hashable, Sendable {
    public var mediaType: String
    /// `sha256:` and 64 hexadecimal digits.
    public var digest: String
    /// Bytes.
    public var size: Int64
    public var urls: [String]?
    public var annotations: [String: String]?
    public var platform: Platform?
    public var artifactType: String?

    public init(mediaType: String, digest: String, size: Int64, platform: Platform? = nil) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.platform = platform
    }
}

/// A platform of an image index (image-index.md).
public struct Platform: Codable, Hashable, Sendable {
    public var architecture: String
    public var os: String
    public var variant: String?
    public var osVersion: String?

    enum CodingKeys: String, CodingKey {
        case architecture, os, variant
        case osVersion = "os.version"
    }

    public init(os: String, architecture: String, variant: String? = nil) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }
}

/// An image manifest (manifest.md); docker's schema 2 has the same shape.
public struct ImageManifest: Codable, Hashable, Sendable {
    public var schemaVersion: Int
    public var mediaType: String?
    public var artifactType: String?
    public var config: OCIDescriptor
    public var layers: [OCIDescriptor]
    public var subject: OCIDescriptor?
    public var annotations: [String: String]?

    public init(mediaType: String? = MediaType.manifest, config: OCIDescriptor, layers: [OCIDescriptor]) {
        schemaVersion = 2
        self.mediaType = mediaType
        self.config = config
        self.layers = layers
    }
}

/// An image index (image-index.md); docker's manifest list has the same shape.
public struct ImageIndex: Codable, Hashable, Sendable {
    public var schemaVersion: Int
    public var mediaType: String?
    public var artifactType: String?
    public var manifests: [OCIDescriptor]
    public var annotations: [String: String]?

    public init(mediaType: String? = MediaType.index, manifests: [OCIDescriptor]) {
        schemaVersion = 2
        self.mediaType = mediaType
        self.manifests = manifests
    }
}

/// An image's configuration (config.md).
public struct ImageConfiguration: Codable, Hashable, Sendable {
    public struct RootFS: Codable, Hashable, Sendable {
        public var type: String
        public var diffIDs: [String]
        enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }
        public init(diffIDs: [String]) {
            type = "layers"
            self.diffIDs = diffIDs
        }
    }
    /// What a container is made with; the names are docker's.
    public struct Execution: Codable, Hashable, Sendable {
        public var user: String?
        public var exposedPorts: [String: JSON]?
        public var environment: [String]?
        public var entrypoint: [String]?
        public var command: [String]?
        public var volumes: [String: JSON]?
        public var workingDirectory: String?
        public var labels: [String: String]?
        public var stopSignal: String?
        public var argsEscaped: Bool?
        /// docker's extension.
        public var healthCheck: HealthCheck?
        /// What runs a command that is one string; docker's extension.
        public var shell: [String]?
        /// Instructions for builds on this image; docker's extension.
        public var onBuild: [String]?
        enum CodingKeys: String, CodingKey {
            case user = "User"
            case exposedPorts = "ExposedPorts"
            case environment = "Env"
            case entrypoint = "Entrypoint"
            case command = "Cmd"
            case volumes = "Volumes"
            case workingDirectory = "WorkingDir"
            case labels = "Labels"
            case stopSignal = "StopSignal"
            case argsEscaped = "ArgsEscaped"
            case healthCheck = "Healthcheck"
            case shell = "Shell"
            case onBuild = "OnBuild"
        }
        public init() {}
    }
    /// A `HEALTHCHECK`; times are nanoseconds, 0 is the default.
    public struct HealthCheck: Codable, Hashable, Sendable {
        public var test: [String]?
        public var interval: Int64?
        public var timeout: Int64?
        public var startPeriod: Int64?
        public var startInterval: Int64?
        public var retries: Int?
        enum CodingKeys: String, CodingKey {
            case test = "Test"
            case interval = "Interval"
            case timeout = "Timeout"
            case startPeriod = "StartPeriod"
            case startInterval = "StartInterval"
            case retries = "Retries"
        }
        public init() {}
    }
    public struct History: Codable, Hashable, Sendable {
        public var created: String?
        public var author: String?
        public var createdBy: String?
        public var comment: String?
        public var emptyLayer: Bool?
        enum CodingKeys: String, CodingKey {
            case created, author, comment
            case createdBy = "created_by"
            case emptyLayer = "empty_layer"
        }
        public init() {}
    }

    public var created: String?
    public var author: String?
    public var architecture: String
    public var os: String
    public var osVersion: String?
    public var variant: String?
    public var config: Execution?
    public var rootfs: RootFS
    public var history: [History]?

    enum CodingKeys: String, CodingKey {
        case created, author, architecture, os, variant, config, rootfs, history
        case osVersion = "os.version"
    }

    public init(os: String, architecture: String, diffIDs: [String]) {
        self.os = os
        self.architecture = architecture
        rootfs = RootFS(diffIDs: diffIDs)
    }
}

/// Media types of OCI and docker that Berth reads.
public enum MediaType {
    public static let manifest = "application/vnd.oci.image.manifest.v1+json"
    public static let index = "application/vnd.oci.image.index.v1+json"
    public static let config = "application/vnd.oci.image.config.v1+json"
    public static let layer = "application/vnd.oci.image.layer.v1.tar"
    public static let layerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    public static let layerZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
    public static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    public static let dockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json"
    public static let dockerConfig = "application/vnd.docker.container.image.v1+json"
    public static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"
    public static let dockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip"

    public static let manifests: Set<String> = [manifest, dockerManifest]
    public static let indexes: Set<String> = [index, dockerManifestList]
}

import JSON

/// A content descriptor (OCI image-spec, descriptor.md).
public struct OCIDescriptor: Codable, Hashable, Sendable {
    /// The content's media type.
    public var mediaType: String
    /// `sha256:` and 64 hexadecimal digits.
    public var digest: String
    /// Bytes.
    public var size: Int64
    /// Where else it is; not used.
    public var urls: [String]?
    /// Annotations by name.
    public var annotations: [String: String]?
    /// For whom it is, in an index.
    public var platform: Platform?
    /// Of an artifact that is not an image.
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
    /// amd64, arm64, ….
    public var architecture: String
    /// linux.
    public var os: String
    /// v7, v8, ….
    public var variant: String?
    /// Version of the operating system.
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
    /// Always 2.
    public var schemaVersion: Int
    /// Of the manifest itself.
    public var mediaType: String?
    /// Of an artifact that is not an image.
    public var artifactType: String?
    /// The image's configuration.
    public var config: OCIDescriptor
    /// The lowest first.
    public var layers: [OCIDescriptor]
    /// The manifest that this one is about.
    public var subject: OCIDescriptor?
    /// Annotations by name.
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
    /// Always 2.
    public var schemaVersion: Int
    /// Of the index itself.
    public var mediaType: String?
    /// Of an artifact that is not an image.
    public var artifactType: String?
    /// One for each platform.
    public var manifests: [OCIDescriptor]
    /// Annotations by name.
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
        /// Always `layers`.
        public var type: String
        /// Digests of the layers' tars, uncompressed, the lowest first: `sha256:…`.
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
        /// `user[:group]`, by name or number; root when absent.
        public var user: String?
        /// By port, `80/tcp`; the values are empty objects.
        public var exposedPorts: [String: JSON]?
        /// `NAME=value`.
        public var environment: [String]?
        /// What comes before the command.
        public var entrypoint: [String]?
        /// What is executed, or the entrypoint's arguments.
        public var command: [String]?
        /// By path in the container; the values are empty objects.
        public var volumes: [String: JSON]?
        /// An absolute path in the container; `/` when absent.
        public var workingDirectory: String?
        /// Labels by name.
        public var labels: [String: String]?
        /// `SIGTERM` or `15`; SIGTERM when absent.
        public var stopSignal: String?
        /// Windows images only.
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
        /// `["NONE"]`, `["CMD", program, argument…]`, or `["CMD-SHELL", command]`.
        public var test: [String]?
        /// Nanoseconds between the end of a probe and the next.
        public var interval: Int64?
        /// Nanoseconds that a probe may take.
        public var timeout: Int64?
        /// Nanoseconds after the start in which failures do not count.
        public var startPeriod: Int64?
        /// Nanoseconds between probes during the start period.
        public var startInterval: Int64?
        /// So many failures in a row make the container unhealthy.
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
        /// When the layer was made (RFC 3339).
        public var created: String?
        /// Who made it.
        public var author: String?
        /// The instruction that made it.
        public var createdBy: String?
        /// What was said of it.
        public var comment: String?
        /// It changed the configuration only and has no layer.
        public var emptyLayer: Bool?
        enum CodingKeys: String, CodingKey {
            case created, author, comment
            case createdBy = "created_by"
            case emptyLayer = "empty_layer"
        }
        public init() {}
    }

    /// When the image was made (RFC 3339).
    public var created: String?
    /// Who made the image.
    public var author: String?
    /// `amd64`, `arm64`, ….
    public var architecture: String
    /// `linux`.
    public var os: String
    /// Version of the operating system.
    public var osVersion: String?
    /// Of the architecture: `v7`, `v8`.
    public var variant: String?
    /// What a container is made with.
    public var config: Execution?
    /// Its layers' content.
    public var rootfs: RootFS
    /// One entry for each step, the lowest layer's first.
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

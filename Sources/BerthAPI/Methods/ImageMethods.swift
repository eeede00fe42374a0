import JSONRPC

/// Fetches an image from a registry and unpacks it for the default snapshotter. Progress: `TransferProgress`.
public struct ImagePull: Method {
    public static let name = "image.pull"
    public static let summary = "Fetch an image from a registry"
    /// `name[:tag][@digest]`; tag `latest` and domain `docker.io` unless said.
    public var reference: String
    /// `os/architecture[/variant]`; the host's unless said.
    public var platform: String?
    /// Absent: without logging in.
    public var credentials: RegistryCredentials?
    public init(reference: String, platform: String? = nil, credentials: RegistryCredentials? = nil) {
        self.reference = reference
        self.platform = platform
        self.credentials = credentials
    }
    public struct Result: Codable, Sendable {
        /// Digest of what the reference names at the registry (an index or a manifest).
        public var digest: String
        /// Digest of the image's configuration: `sha256:…`.
        public var id: String
        /// The reference in full: `docker.io/library/busybox:latest`.
        public var reference: String
        /// Nothing had to be fetched.
        public var upToDate: Bool
        public init(digest: String, id: String, reference: String, upToDate: Bool) {
            self.digest = digest
            self.id = id
            self.reference = reference
            self.upToDate = upToDate
        }
    }
}

/// Sends an image to a registry. Progress: `TransferProgress`.
public struct ImagePush: Method {
    public static let name = "image.push"
    public static let summary = "Send an image to a registry"
    /// Of an image that is here; its domain says where to, its tag is `latest` unless said.
    public var reference: String
    /// Logical name of the registry plugin, in place of the one that the routes choose.
    public var registry: String?
    /// Absent: without logging in.
    public var credentials: RegistryCredentials?
    public init(reference: String, registry: String? = nil, credentials: RegistryCredentials? = nil) {
        self.reference = reference
        self.registry = registry
        self.credentials = credentials
    }
    public struct Result: Codable, Sendable {
        /// Of the manifest that the registry has now: `sha256:…`.
        public var digest: String
        /// Bytes of that manifest.
        public var size: Int64
        public init(digest: String, size: Int64) {
            self.digest = digest
            self.size = size
        }
    }
}

/// Makes an image of one layer from a tar of a file system, read from descriptor 0: a file, pipe or socket; also
/// compressed with gzip, bzip2, xz or zstd.
public struct ImageImport: Method {
    public static let name = "image.import"
    public static let summary = "Make an image from a tar of a file system"
    /// The new image's name; without one it has none.
    public var reference: String?
    /// Goes into the image's history.
    public var message: String?
    /// `os/architecture[/variant]` that the files are for; the host's unless said.
    public var platform: String?
    /// Dockerfile instructions, as `container.commit` takes them.
    public var changes: [String]?
    public init(reference: String? = nil) { self.reference = reference }
    public struct Result: Codable, Sendable {
        /// The image's id.
        public var image: String
        public init(image: String) { self.image = image }
    }
}

/// Lists images, newest first.
public struct ImageList: Method {
    public static let name = "image.list"
    public static let summary = "List images, newest first"
    /// docker's filters: `reference`, `dangling`, `label`, `before`, `since`.
    public var filters: [String: [String]]?
    public init(filters: [String: [String]]? = nil) { self.filters = filters }
    public typealias Result = [ImageSummary]
}

public struct ImageInspect: Method {
    public static let name = "image.inspect"
    public static let summary = "Everything about one image"
    /// A reference, an id or a unique prefix of one.
    public var reference: String
    public init(reference: String) { self.reference = reference }
    public typealias Result = ImageDetail
}

/// Gives an image a further reference.
public struct ImageTag: Method {
    public static let name = "image.tag"
    public static let summary = "Give an image a further reference"
    /// A reference, an id or a unique prefix of one.
    public var source: String
    /// The further reference, `name[:tag]`; another image that has it loses it.
    public var target: String
    public init(source: String, target: String) {
        self.source = source
        self.target = target
    }
    public typealias Result = Empty
}

/// Removes a reference; the image goes with its last one.
public struct ImageRemove: Method {
    public static let name = "image.remove"
    public static let summary = "Remove a reference, and the image with its last one"
    /// A reference, an id or a unique prefix of one.
    public var reference: String
    /// Also when several references name it, or stopped containers use it.
    public var force: Bool?
    public init(reference: String, force: Bool? = nil) {
        self.reference = reference
        self.force = force
    }
    public struct Result: Codable, Sendable {
        /// References that are gone: `busybox:latest`.
        public var untagged: [String]
        /// Digests of what is gone: the image's id, and its layers that no other image has.
        public var deleted: [String]
        public init(untagged: [String], deleted: [String]) {
            self.untagged = untagged
            self.deleted = deleted
        }
    }
}

import JSONRPC
import OCISpec

/// What every registry call is about.
public struct RegistryTarget: Codable, Hashable, Sendable {
    /// `docker.io`, `localhost:5000`.
    public var domain: String
    /// `library/busybox`.
    public var repository: String
    /// Absent for none.
    public var credentials: RegistryCredentials?
    public init(domain: String, repository: String, credentials: RegistryCredentials? = nil) {
        self.domain = domain
        self.repository = repository
        self.credentials = credentials
    }
}

/// Finds what a tag or digest names. `notFound` when the registry does not have it.
public struct RegistryResolve: Method {
    public static let name = "registry.resolve"
    public static let summary = "Find what a tag or digest names"
    /// The repository.
    public var target: RegistryTarget
    /// A tag, or a digest `sha256:…`.
    public var reference: String
    public init(target: RegistryTarget, reference: String) {
        self.target = target
        self.reference = reference
    }
    public struct Result: Codable, Hashable, Sendable {
        /// Of the index or manifest.
        public var descriptor: OCIDescriptor
        public init(descriptor: OCIDescriptor) { self.descriptor = descriptor }
    }
}

/// Writes a blob or manifest to descriptor 0 from `offset` on (the file holds `offset` bytes already). The core checks
/// the digest. Progress: an integer, bytes in the file. The answer says how many bytes the file has.
public struct RegistryFetch: Method {
    public static let name = "registry.fetch"
    public static let summary = "Fetch a blob or manifest into a file"
    /// The repository.
    public var target: RegistryTarget
    /// What to fetch.
    public var descriptor: OCIDescriptor
    /// Bytes that the file holds already: go on from there.
    public var offset: Int64
    public init(target: RegistryTarget, descriptor: OCIDescriptor, offset: Int64 = 0) {
        self.target = target
        self.descriptor = descriptor
        self.offset = offset
    }
    public struct Result: Codable, Sendable {
        /// Bytes that the file has.
        public var size: Int64
        public init(size: Int64) { self.size = size }
    }
}

/// Sends descriptor 0 (a regular file, the whole content) as a blob, or as a manifest under `reference`.
public struct RegistryPush: Method {
    public static let name = "registry.push"
    public static let summary = "Send a blob or manifest"
    /// The repository.
    public var target: RegistryTarget
    /// What is sent.
    public var descriptor: OCIDescriptor
    /// For manifests: the tag or digest to put it under.
    public var reference: String?
    /// Repositories of the same registry that may have the blob already.
    public var mountFrom: [String]?
    public init(
        target: RegistryTarget, descriptor: OCIDescriptor, reference: String? = nil, mountFrom: [String]? = nil
    ) {
        self.target = target
        self.descriptor = descriptor
        self.reference = reference
        self.mountFrom = mountFrom
    }
    public struct Result: Codable, Sendable {
        /// It was there already.
        public var existed: Bool
        public init(existed: Bool) { self.existed = existed }
    }
}

public struct RegistryExists: Method {
    public static let name = "registry.exists"
    public static let summary = "Does the registry have a blob or manifest?"
    /// The repository.
    public var target: RegistryTarget
    /// What is asked for.
    public var descriptor: OCIDescriptor
    public init(target: RegistryTarget, descriptor: OCIDescriptor) {
        self.target = target
        self.descriptor = descriptor
    }
    public struct Result: Codable, Sendable {
        /// Whether the registry has it.
        public var exists: Bool
        public init(exists: Bool) { self.exists = exists }
    }
}

public struct RegistryTags: Method {
    public static let name = "registry.tags"
    public static let summary = "List a repository's tags"
    /// The repository.
    public var target: RegistryTarget
    public init(target: RegistryTarget) { self.target = target }
    public struct Result: Codable, Sendable {
        /// The repository's tags.
        public var tags: [String]
        public init(tags: [String]) { self.tags = tags }
    }
}

public struct RegistryCatalog: Method {
    public static let name = "registry.catalog"
    public static let summary = "List a registry's repositories"
    /// `docker.io`, `localhost:5000`.
    public var domain: String
    /// Absent for none.
    public var credentials: RegistryCredentials?
    public init(domain: String, credentials: RegistryCredentials? = nil) {
        self.domain = domain
        self.credentials = credentials
    }
    public struct Result: Codable, Sendable {
        /// The registry's repositories.
        public var repositories: [String]
        public init(repositories: [String]) { self.repositories = repositories }
    }
}

/// Checks credentials.
public struct RegistryLogin: Method {
    public static let name = "registry.login"
    public static let summary = "Check credentials"
    /// `docker.io`, `localhost:5000`.
    public var domain: String
    /// What to check.
    public var credentials: RegistryCredentials
    public init(domain: String, credentials: RegistryCredentials) {
        self.domain = domain
        self.credentials = credentials
    }
    public typealias Result = Empty
}

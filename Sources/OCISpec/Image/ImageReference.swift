/// The name of an image, in full: `docker.io/library/busybox:latest`, `localhost:5000/web@sha256:…`.
///
/// Grammar and normalisation are docker's (the `reference` package of the distribution project): a first component
/// without `.`, `:` or upper-case letter that is not `localhost` is part of the repository, which is then docker.io's;
/// there a single component stands below `library/`.
public struct ImageReference: Hashable, Sendable {
    public static let defaultDomain = "docker.io"
    public static let defaultTag = "latest"
    private static let officialPrefix = "library/"

    /// `docker.io`, `localhost:5000`, `[::1]:5000`.
    public let domain: String
    /// `library/busybox`. Components are never `.` or `..`.
    public let repository: String
    /// At most 128 characters.
    public let tag: String?
    public let digest: Digest?

    /// Parses what a user writes; `latest` is the tag where there is neither tag nor digest.
    ///
    /// - Throws: `InvalidReference` with docker's wording.
    public init(_ text: String) throws(InvalidReference) {
        let parsed = try ImageReference(withoutDefaultTag: text)
        self = parsed.tag == nil && parsed.digest == nil ? parsed.withTag(Self.defaultTag) : parsed
    }

    /// Parses what a user writes, and keeps a bare name bare: `busybox` → `docker.io/library/busybox`.
    ///
    /// - Throws: `InvalidReference` with docker's wording.
    public init(withoutDefaultTag text: String) throws(InvalidReference) {
        guard Digest(hex: text) == nil else { throw .identifier(text) }
        var parts = try ReferenceParts(text)
        if parts.domain == "index." + Self.defaultDomain { parts.domain = Self.defaultDomain }
        if parts.domain == Self.defaultDomain, !parts.repository.contains("/") {
            parts.repository = Self.officialPrefix + parts.repository
        }
        guard parts.repository.utf8.count <= 255 else { throw .tooLong }
        (domain, repository, tag, digest) = (parts.domain, parts.repository, parts.tag, parts.digest)
    }

    /// A repository given by its parts, which are taken as they are.
    ///
    /// - Throws: `InvalidReference` for what the grammar does not allow.
    public init(domain: String, repository: String) throws(InvalidReference) {
        guard repository == repository.lowercased() else { throw .uppercase(repository) }
        guard ReferenceParts.isDomain(domain), ReferenceParts.isPath(repository) else { throw .format }
        guard repository.utf8.count <= 255, domain.utf8.count <= 255 else { throw .tooLong }
        self.init(domain: domain, repository: repository, tag: nil, digest: nil)
    }

    private init(domain: String, repository: String, tag: String?, digest: Digest?) {
        (self.domain, self.repository, self.tag, self.digest) = (domain, repository, tag, digest)
    }

    /// Domain and repository: `docker.io/library/busybox`.
    public var name: String { "\(domain)/\(repository)" }

    /// As users write it: `busybox`, `localhost:5000/web`.
    public var familiarName: String {
        guard domain == Self.defaultDomain else { return name }
        guard repository.hasPrefix(Self.officialPrefix) else { return repository }
        let short = repository.dropFirst(Self.officialPrefix.count)
        return short.contains("/") ? repository : String(short)
    }

    /// As users write it, with tag and digest: `busybox:latest`.
    public var familiar: String { familiarName + suffix }

    /// What a registry is asked for: the digest, else the tag.
    public var remote: String { digest?.description ?? tag ?? Self.defaultTag }

    /// The same repository under a tag and no digest. The tag is not checked: take it from another reference.
    public func withTag(_ tag: String) -> ImageReference {
        ImageReference(domain: domain, repository: repository, tag: tag, digest: nil)
    }

    /// The same repository by digest, without a tag.
    public func withDigest(_ digest: Digest) -> ImageReference {
        ImageReference(domain: domain, repository: repository, tag: nil, digest: digest)
    }

    private var suffix: String { (tag.map { ":" + $0 } ?? "") + (digest.map { "@\($0)" } ?? "") }
}

extension ImageReference: CustomStringConvertible {
    /// In full: `docker.io/library/busybox:latest`. Parses back to the same value.
    public var description: String { name + suffix }
}

/// Why a text is not an image reference; the description is docker's.
public struct InvalidReference: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    static let format = InvalidReference(description: "invalid reference format")
    static let empty = InvalidReference(description: "repository name must have at least one component")
    static let tooLong = InvalidReference(description: "repository name must not be more than 255 characters")
    static let digest = InvalidReference(description: "invalid reference format: only sha256 digests are supported")

    static func uppercase(_ name: String) -> InvalidReference {
        InvalidReference(description: "invalid reference format: repository name (\(name)) must be lowercase")
    }
    static func identifier(_ text: String) -> InvalidReference {
        InvalidReference(
            description: "invalid repository name (\(text)), cannot specify 64-byte hexadecimal strings")
    }
}

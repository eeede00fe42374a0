/// A mount as a driver returns it: never made in the host's namespace, only inside a container's.
/// The fields are those of an OCI runtime-spec mount without its destination.
public struct Mount: Codable, Hashable, Sendable {
    /// A filesystem type (`overlay`, `tmpfs`) or `bind`.
    public var type: String
    public var source: String
    /// Mount options as in fstab(5); `lowerdir=a:b` for overlay; `copyup` makes the runtime copy what the image has
    /// at the destination into an empty volume first.
    public var options: [String]

    public init(type: String, source: String, options: [String] = []) {
        self.type = type
        self.source = source
        self.options = options
    }
}

/// What a client asks to have mounted in a container (`-v`, `--mount`, `--tmpfs`).
public struct MountRequest: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, CaseIterable, Sendable { case bind, volume, tmpfs, image }

    public var kind: Kind
    /// An absolute host path for `bind`, a volume's name for `volume` (absent: an anonymous one), an image's
    /// reference for `image`, absent for `tmpfs`.
    public var source: String?
    /// An absolute path in the container.
    public var target: String
    public var readOnly: Bool
    /// `rprivate` unless said: `private`, `rprivate`, `shared`, `rshared`, `slave`, `rslave`.
    public var propagation: String?
    /// Bind: make the host folder when it is missing (docker's `-v`, not its `--mount`).
    public var createSource: Bool?
    /// Bind: do not take along what is mounted below the source.
    public var nonRecursive: Bool?
    /// Bind: what is mounted below a read-only source stays writable.
    public var writableSubmounts: Bool?
    /// Volume: do not fill an empty volume with the image's content.
    public var noCopy: Bool?
    /// Volume: the driver (`local` unless said) and its options, for a volume made on first use.
    public var driver: String?
    public var driverOptions: [String: String]?
    public var labels: [String: String]?
    /// Volume and image: a path below the root to mount instead of the root; links do not lead out of it.
    public var subpath: String?
    /// Tmpfs: size in bytes, mode bits, and further options (`noexec`).
    public var tmpfsSize: Int64?
    public var tmpfsMode: Int?
    public var tmpfsOptions: [String]?

    public init(kind: Kind, source: String? = nil, target: String, readOnly: Bool = false) {
        self.kind = kind
        self.source = source
        self.target = target
        self.readOnly = readOnly
    }
}

/// A mount that a container has, as `inspect` shows it.
public struct MountPoint: Codable, Hashable, Sendable {
    public var kind: MountRequest.Kind
    /// The volume's name, or the image's.
    public var name: String?
    /// The host path, for binds and volumes; the snapshot's key for images.
    public var source: String
    public var target: String
    public var driver: String?
    public var readOnly: Bool
    public var propagation: String
    /// An anonymous volume, which `rm -v` and `--rm` remove.
    public var anonymous: Bool
    /// The path below the source that is mounted; all of it unless said.
    public var subpath: String?

    public init(
        kind: MountRequest.Kind, name: String? = nil, source: String, target: String, driver: String? = nil,
        readOnly: Bool, propagation: String, anonymous: Bool = false
    ) {
        self.kind = kind
        self.name = name
        self.source = source
        self.target = target
        self.driver = driver
        self.readOnly = readOnly
        self.propagation = propagation
        self.anonymous = anonymous
    }
}

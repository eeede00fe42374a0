/// A mount as a driver returns it: never made in the host's namespace, only inside a container's.
/// The fields are those of an OCI runtime-spec mount without its destination.
public struct Mount: Codable, Hashable, Sendable {
    /// A filesystem type (`overlay`, `tmpfs`) or `bind`.
    public var type: String
    /// What is mounted; an absolute host path for bind.
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

    /// What is mounted.
    public var kind: Kind
    /// An absolute host path for `bind`, a volume's name for `volume` (absent: an anonymous one), an image's
    /// reference for `image`, absent for `tmpfs`.
    public var source: String?
    /// An absolute path in the container.
    public var target: String
    /// It cannot be written through this mount.
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
    /// Volume: the plugin's logical name, for a volume made on first use; the default one unless said.
    public var driver: String?
    /// Volume: the driver's own, for a volume made on first use.
    public var driverOptions: [String: String]?
    /// Volume: labels by name, for a volume made on first use.
    public var labels: [String: String]?
    /// Volume and image: a path below the root to mount instead of the root; links do not lead out of it.
    public var subpath: String?
    /// Tmpfs: bytes; half of the host's memory unless said.
    public var tmpfsSize: Int64?
    /// Tmpfs: permission bits of its root; 01777 unless said.
    public var tmpfsMode: Int?
    /// Tmpfs: further mount options: `exec`, `nr_inodes=1000`.
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
    /// What is mounted.
    public var kind: MountRequest.Kind
    /// The volume's name, or the image's.
    public var name: String?
    /// The host path, for binds and volumes; the snapshot's key for images.
    public var source: String
    /// An absolute path in the container.
    public var target: String
    /// Logical name of a volume's plugin; absent for other kinds.
    public var driver: String?
    /// It cannot be written through this mount (docker's RW, negated).
    public var readOnly: Bool
    /// `rprivate`, `shared`, … (mount_namespaces(7)).
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

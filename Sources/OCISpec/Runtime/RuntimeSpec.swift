/// A bundle's `config.json` (OCI runtime-spec 1.2, config.md).
public struct RuntimeSpec: Codable, Hashable, Sendable {
    public var ociVersion: String
    public var root: Root?
    public var process: Process?
    public var hostname: String?
    public var domainname: String?
    public var mounts: [Mount]?
    public var hooks: Hooks?
    public var annotations: [String: String]?
    public var linux: Linux?

    public init(root: Root, process: Process? = nil, linux: Linux? = nil) {
        ociVersion = "1.2.0"
        self.root = root
        self.process = process
        self.linux = linux
    }
}

extension RuntimeSpec {
    /// The container's root folder (config.md, "Root").
    public struct Root: Codable, Hashable, Sendable {
        /// Absolute, or relative to the bundle.
        public var path: String
        public var readonly: Bool?

        public init(path: String, readonly: Bool? = nil) {
            self.path = path
            self.readonly = readonly
        }
    }

    /// A mount, in the order of the list (config.md, "Mounts").
    public struct Mount: Codable, Hashable, Sendable {
        public var destination: String
        public var type: String?
        public var source: String?
        public var options: [String]?
        public var uidMappings: [IDMapping]?
        public var gidMappings: [IDMapping]?

        public init(destination: String, type: String? = nil, source: String? = nil, options: [String]? = nil) {
            self.destination = destination
            self.type = type
            self.source = source
            self.options = options
        }
    }

    /// Programs run at points of the lifecycle (config.md, "POSIX-platform Hooks").
    public struct Hooks: Codable, Hashable, Sendable {
        public var prestart: [Hook]?
        public var createRuntime: [Hook]?
        public var createContainer: [Hook]?
        public var startContainer: [Hook]?
        public var poststart: [Hook]?
        public var poststop: [Hook]?

        public init() {}
    }

    public struct Hook: Codable, Hashable, Sendable {
        public var path: String
        public var args: [String]?
        public var env: [String]?
        /// Seconds.
        public var timeout: Int?

        public init(path: String, args: [String]? = nil, env: [String]? = nil, timeout: Int? = nil) {
            self.path = path
            self.args = args
            self.env = env
            self.timeout = timeout
        }
    }
}

/// Names of Berth's own annotations in a bundle's configuration.
public enum RuntimeAnnotation {
    /// What all of them begin with.
    public static let prefix = "dev.berth."
    /// A JSON array: another OCI runtime's executable and the options before its verb, which the shim is to drive.
    public static let runtime = "dev.berth.runtime"
    /// A JSON array of OCI mounts that make up the root, mounted in the container's own mount namespace only; `root.path`
    /// is then a name for messages.
    public static let rootMounts = "dev.berth.rootfs.mounts"
    /// `user[:group]` by name or number, resolved in the container's own passwd and group files; replaces
    /// `process.user.uid`, `gid` and, unless given, `additionalGids`.
    public static let user = "dev.berth.user"
    /// Names of further groups of the user, separated by commas, resolved in the container's own group file.
    public static let groups = "dev.berth.groups"
    /// The number of a process whose /dev/shm, in its own mount namespace, is the container's too.
    public static let sharedMemory = "dev.berth.shm.from"
    /// `true`: a small init is bound at /sbin/docker-init; put it first in `process.args` to have it as process 1.
    public static let initProcess = "dev.berth.init"
    /// Absolute path of a compiled seccomp filter (an array of `struct sock_filter`); replaces `linux.seccomp`.
    public static let seccompFilter = "dev.berth.seccomp.bpf"

    /// Those that give a container what the rest of its configuration does not show.
    public static let potentiallyUnsafe = [rootMounts, user, initProcess, seccompFilter]
}

extension RuntimeSpec {
    /// Names of further groups: `RuntimeAnnotation.groups`.
    public var groups: [String] {
        annotations?[RuntimeAnnotation.groups]?.split(separator: ",").map(String.init) ?? []
    }
}

/// Berth's own mount options in a bundle's configuration.
public enum RuntimeMountOption {
    /// Before a relative path: what is mounted is that path of the source, resolved beneath it.
    public static let subpath = "x-berth.subpath="
}

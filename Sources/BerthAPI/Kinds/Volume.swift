import JSONRPC

/// A volume as its driver holds it.
public struct VolumeDriverInfo: Codable, Hashable, Sendable {
    /// The volume's name.
    public var volume: String
    /// Where its content is on the host; empty where it is nowhere.
    public var mountpoint: String
    /// When it was made.
    public var createdAt: Timestamp
    public init(volume: String, mountpoint: String, createdAt: Timestamp) {
        self.volume = volume
        self.mountpoint = mountpoint
        self.createdAt = createdAt
    }
}

/// Makes a volume; one that exists is answered as it is.
public struct VolumeDriverCreate: Method {
    public static let name = "volume.create"
    public static let summary = "Make a volume"
    /// The volume's name.
    public var volume: String
    /// `--opt` of volume create; one that is not known is an `invalidArgument`.
    public var options: [String: String]
    /// Labels by name.
    public var labels: [String: String]
    public init(volume: String, options: [String: String] = [:], labels: [String: String] = [:]) {
        self.volume = volume
        self.options = options
        self.labels = labels
    }
    public typealias Result = VolumeDriverInfo
}

/// Removes a volume and its content; one that is gone already succeeds, a mounted one is a `failedPrecondition`.
public struct VolumeDriverRemove: Method {
    public static let name = "volume.remove"
    public static let summary = "Remove a volume and its content"
    /// The volume's name.
    public var volume: String
    public init(volume: String) { self.volume = volume }
    public typealias Result = Empty
}

/// Makes a volume usable for a container; again for the same container answers the same.
public struct VolumeMount: Method {
    public static let name = "volume.mount"
    public static let summary = "Make a volume usable for a container"
    /// The volume's name.
    public var volume: String
    /// Id of the container that uses it.
    public var container: String
    public init(volume: String, container: String) {
        self.volume = volume
        self.container = container
    }
    public struct Result: Codable, Hashable, Sendable {
        /// To be made in the container's mount namespace.
        public var mount: Mount
        public init(mount: Mount) { self.mount = mount }
    }
}

/// The container no longer uses the volume; counted by container, safe to repeat.
public struct VolumeUnmount: Method {
    public static let name = "volume.unmount"
    public static let summary = "A container no longer uses a volume"
    /// The volume's name.
    public var volume: String
    /// Id of the container that no longer uses it.
    public var container: String
    public init(volume: String, container: String) {
        self.volume = volume
        self.container = container
    }
    public typealias Result = Empty
}

public struct VolumeDriverInspect: Method {
    public static let name = "volume.inspect"
    public static let summary = "What the driver holds of one volume"
    /// The volume's name.
    public var volume: String
    public init(volume: String) { self.volume = volume }
    public typealias Result = VolumeDriverInfo
}

public struct VolumeDriverList: Method {
    public static let name = "volume.list"
    public static let summary = "What the driver holds"
    public init() {}
    public typealias Result = [VolumeDriverInfo]
}

public struct VolumeUsage: Method {
    public static let name = "volume.usage"
    public static let summary = "Disk use of a volume"
    /// The volume's name.
    public var volume: String
    public init(volume: String) { self.volume = volume }
    public struct Result: Codable, Sendable {
        /// Bytes on disk.
        public var size: Int64
        /// Files, folders and everything else that has an inode.
        public var inodes: Int64
        public init(size: Int64, inodes: Int64) {
            self.size = size
            self.inodes = inodes
        }
    }
}

/// Which containers have mounted which volumes; the driver forgets other uses. It never removes a volume by itself.
public struct VolumeReconcile: Method {
    public static let name = "volume.reconcile"
    public static let summary = "Forget uses by containers that are gone"
    /// Volume → containers that run, or are being started or stopped.
    public var uses: [String: [String]]
    public init(uses: [String: [String]]) { self.uses = uses }
    public struct Result: Codable, Sendable {
        /// Volumes that the driver holds and the core does not name; they stay.
        public var unknown: [String]
        public init(unknown: [String]) { self.unknown = unknown }
    }
}

import JSONRPC

/// A named volume.
public struct VolumeInfo: Codable, Hashable, Sendable {
    /// Unique; 64 hexadecimal digits for one whose name was made up.
    public var name: String
    /// The volume plugin's logical name.
    public var driver: String
    /// Where the driver keeps it on the host; empty where it has no such place.
    public var mountpoint: String
    /// Labels by name.
    public var labels: [String: String]
    /// The driver's own, as they were given.
    public var options: [String: String]
    /// When it was made.
    public var createdAt: Timestamp
    /// Made for one container, with whose removal it may go (`rm -v`, `--rm`).
    public var anonymous: Bool
    public init(
        name: String, driver: String, mountpoint: String, labels: [String: String], options: [String: String],
        createdAt: Timestamp, anonymous: Bool
    ) {
        self.name = name
        self.driver = driver
        self.mountpoint = mountpoint
        self.labels = labels
        self.options = options
        self.createdAt = createdAt
        self.anonymous = anonymous
    }
}

/// Makes a volume; one of the same name and driver is answered as it is.
public struct VolumeCreate: Method {
    public static let name = "volume.create"
    public static let summary = "Make a named volume"
    /// Made up unless said.
    public var name: String?
    /// The volume plugin's logical name; the default one when absent.
    public var driver: String?
    /// The driver's own, by name (`--opt`); one that it does not know is an `invalidArgument`.
    public var options: [String: String]?
    /// Labels by name.
    public var labels: [String: String]?
    public init(
        name: String? = nil, driver: String? = nil, options: [String: String]? = nil, labels: [String: String]? = nil
    ) {
        self.name = name
        self.driver = driver
        self.options = options
        self.labels = labels
    }
    public typealias Result = VolumeInfo
}

public struct VolumeList: Method {
    public static let name = "volume.list"
    public static let summary = "List volumes by name"
    /// `name`, `driver`, `label`, `dangling`.
    public var filters: [String: [String]]?
    public init(filters: [String: [String]]? = nil) { self.filters = filters }
    public typealias Result = [VolumeInfo]
}

public struct VolumeInspect: Method {
    public static let name = "volume.inspect"
    public static let summary = "Everything about one volume"
    /// The volume's, in full.
    public var name: String
    public init(name: String) { self.name = name }
    public typealias Result = VolumeInfo
}

/// Removes a volume that no container uses.
public struct VolumeRemove: Method {
    public static let name = "volume.remove"
    public static let summary = "Remove a volume that no container uses"
    /// The volume's, in full.
    public var name: String
    /// Removing what is not there succeeds.
    public var force: Bool?
    public init(name: String, force: Bool? = nil) {
        self.name = name
        self.force = force
    }
    public typealias Result = Empty
}

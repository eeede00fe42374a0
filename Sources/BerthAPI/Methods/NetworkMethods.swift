import JSONRPC

public struct NetworkInfo: Codable, Hashable, Sendable {
    /// 64 hexadecimal digits.
    public var id: String
    /// Unique.
    public var name: String
    /// The network plugin's logical name.
    public var driver: String
    /// When it was made.
    public var createdAt: Timestamp
    /// No way from it to the outside.
    public var isInternal: Bool
    /// CIDR, and the gateway's address; absent for drivers without addresses.
    public var subnet: String?
    /// The gateway's address, without prefix length.
    public var gateway: String?
    /// CIDR within the subnet that containers' addresses are taken from; all of it when absent.
    public var ipRange: String?
    /// Labels by name.
    public var labels: [String: String]
    /// What the driver was given and what it chose, by name.
    public var options: [String: String]
    /// Running containers on it, filled by `network.inspect`.
    public var endpoints: [NetworkMember]?
    public init(id: String, name: String, driver: String, createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.driver = driver
        self.createdAt = createdAt
        isInternal = false
        labels = [:]
        options = [:]
    }
}

public struct NetworkMember: Codable, Hashable, Sendable {
    /// The container's id.
    public var container: String
    /// The container's name.
    public var name: String
    /// What it has there.
    public var endpoint: EndpointInfo
    public init(container: String, name: String, endpoint: EndpointInfo) {
        self.container = container
        self.name = name
        self.endpoint = endpoint
    }
}

public struct NetworkCreate: Method {
    public static let name = "network.create"
    public static let summary = "Make a network"
    /// `[a-zA-Z0-9][a-zA-Z0-9_.-]+`; one that exists is a conflict.
    public var name: String
    /// `bridge` unless said.
    public var driver: String?
    /// CIDR; the driver chooses a free one when absent.
    public var subnet: String?
    /// An address of the subnet; its first when absent.
    public var gateway: String?
    /// CIDR within the subnet to take containers' addresses from; all of it when absent.
    public var ipRange: String?
    /// No way from it to the outside; false when absent.
    public var isInternal: Bool?
    /// The driver's own, by name (`--opt`); one that it does not know is an `invalidArgument`.
    public var options: [String: String]?
    /// Labels by name.
    public var labels: [String: String]?
    public init(name: String) { self.name = name }
    public typealias Result = NetworkInfo
}

public struct NetworkList: Method {
    public static let name = "network.list"
    public static let summary = "List networks by name"
    /// `name`, `id`, `driver`, `label`.
    public var filters: [String: [String]]?
    public init(filters: [String: [String]]? = nil) { self.filters = filters }
    public typealias Result = [NetworkInfo]
}

public struct NetworkInspect: Method {
    public static let name = "network.inspect"
    public static let summary = "Everything about one network"
    /// Name, id or a unique prefix of it.
    public var network: String
    public init(network: String) { self.network = network }
    public typealias Result = NetworkInfo
}

/// Removes a network that no container uses.
public struct NetworkRemove: Method {
    public static let name = "network.remove"
    public static let summary = "Remove a network that no container uses"
    /// Name, id or a unique prefix of it.
    public var network: String
    public init(network: String) { self.network = network }
    public typealias Result = Empty
}

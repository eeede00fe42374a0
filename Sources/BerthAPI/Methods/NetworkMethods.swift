import JSONRPC

public struct NetworkInfo: Codable, Hashable, Sendable {
    /// 64 hexadecimal digits.
    public var id: String
    public var name: String
    public var driver: String
    public var createdAt: Timestamp
    public var isInternal: Bool
    /// CIDR, and the gateway's address; absent for drivers without addresses.
    public var subnet: String?
    public var gateway: String?
    public var ipRange: String?
    public var labels: [String: String]
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
    public var container: String
    public var name: String
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
    public var name: String
    /// `bridge` unless said.
    public var driver: String?
    public var subnet: String?
    public var gateway: String?
    public var ipRange: String?
    public var isInternal: Bool?
    public var options: [String: String]?
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
    public var network: String
    public init(network: String) { self.network = network }
    public typealias Result = Empty
}

import JSONRPC

/// Makes a network for the given id; again with the same id and settings it answers the same.
public struct NetworkDriverCreate: Method {
    public static let name = "network.createNetwork"
    public static let summary = "Make a network"
    /// The core's id of the network: 64 hexadecimal digits.
    public var id: String
    /// For people; the driver may use it in interface names, cut and cleaned.
    public var networkName: String
    public var subnet: String?
    public var gateway: String?
    public var ipRange: String?
    public var isInternal: Bool
    public var options: [String: String]
    public var labels: [String: String]
    public init(
        id: String, networkName: String, subnet: String? = nil, gateway: String? = nil, ipRange: String? = nil,
        isInternal: Bool = false, options: [String: String] = [:], labels: [String: String] = [:]
    ) {
        self.id = id
        self.networkName = networkName
        self.subnet = subnet
        self.gateway = gateway
        self.ipRange = ipRange
        self.isInternal = isInternal
        self.options = options
        self.labels = labels
    }
    public struct Result: Codable, Hashable, Sendable {
        public var subnet: String?
        public var gateway: String?
        /// What the driver chose: its bridge's name, its MTU.
        public var options: [String: String]
        public init(subnet: String? = nil, gateway: String? = nil, options: [String: String] = [:]) {
            self.subnet = subnet
            self.gateway = gateway
            self.options = options
        }
    }
}

/// Removes a network; one that is gone already succeeds, one with endpoints is a `failedPrecondition`.
public struct NetworkDriverDelete: Method {
    public static let name = "network.deleteNetwork"
    public static let summary = "Remove a network"
    public var id: String
    public init(id: String) { self.id = id }
    public typealias Result = Empty
}

/// An endpoint: a container's place on a network.
public struct NetworkEndpoint: Codable, Hashable, Sendable {
    /// Caller-chosen key.
    public var endpoint: String
    public var network: String
    /// The interface's name in the sandbox: `eth0`.
    public var interface: String
    public var address: String?
    public var macAddress: String?
    public var hostname: String?
    public var ports: [PortRequest]
    public init(endpoint: String, network: String, interface: String) {
        self.endpoint = endpoint
        self.network = network
        self.interface = interface
        ports = []
    }
}

/// Connects a sandbox. Descriptor 0 is its network namespace. Again with the same endpoint answers the same.
/// A port or address that another endpoint has is a `conflict` with `endpoint KEY` as its object: the core says whose.
/// A driver with capability `hostNamespace` gets no descriptor: the container shares the host's namespace.
public struct NetworkAttach: Method {
    public static let name = "network.attach"
    public static let summary = "Connect a sandbox to a network"
    public var endpoint: NetworkEndpoint
    /// A path of the same namespace, for drivers that cannot receive descriptors: `/proc/<pid>/ns/net`.
    public var sandbox: String?
    public init(endpoint: NetworkEndpoint, sandbox: String?) {
        self.endpoint = endpoint
        self.sandbox = sandbox
    }
    public struct Result: Codable, Hashable, Sendable {
        /// With prefix length: `172.17.0.2/16`. Absent where the driver gives none.
        public var address: String?
        public var gateway: String?
        public var macAddress: String?
        public var ports: [PortBinding]
        public var dns: DNSSettings
        public init(
            address: String? = nil, gateway: String? = nil, macAddress: String? = nil, ports: [PortBinding] = [],
            dns: DNSSettings = DNSSettings()
        ) {
            self.address = address
            self.gateway = gateway
            self.macAddress = macAddress
            self.ports = ports
            self.dns = dns
        }
    }
}

/// What goes into the container's resolv.conf; empty means a copy of the host's.
public struct DNSSettings: Codable, Hashable, Sendable {
    public var servers: [String]
    public var search: [String]
    public var options: [String]
    public init(servers: [String] = [], search: [String] = [], options: [String] = []) {
        self.servers = servers
        self.search = search
        self.options = options
    }
}

/// Releases an endpoint's addresses, ports and links; one that is gone already succeeds.
public struct NetworkDetach: Method {
    public static let name = "network.detach"
    public static let summary = "Disconnect an endpoint"
    public var endpoint: String
    public init(endpoint: String) { self.endpoint = endpoint }
    public typealias Result = Empty
}

/// Publishes further ports of an attached endpoint.
public struct NetworkPublish: Method {
    public static let name = "network.publish"
    public static let summary = "Publish ports of an endpoint"
    public var endpoint: String
    public var ports: [PortRequest]
    public init(endpoint: String, ports: [PortRequest]) {
        self.endpoint = endpoint
        self.ports = ports
    }
    public struct Result: Codable, Sendable {
        public var ports: [PortBinding]
        public init(ports: [PortBinding]) { self.ports = ports }
    }
}

public struct NetworkUnpublish: Method {
    public static let name = "network.unpublish"
    public static let summary = "Take published ports back"
    public var endpoint: String
    public var ports: [PortBinding]
    public init(endpoint: String, ports: [PortBinding]) {
        self.endpoint = endpoint
        self.ports = ports
    }
    public typealias Result = Empty
}

/// A network as its driver holds it.
public struct NetworkDriverState: Codable, Hashable, Sendable {
    public var id: String
    public var subnet: String?
    public var gateway: String?
    public var options: [String: String]
    public var endpoints: [String]
    public init(
        id: String, subnet: String? = nil, gateway: String? = nil, options: [String: String] = [:],
        endpoints: [String] = []
    ) {
        self.id = id
        self.subnet = subnet
        self.gateway = gateway
        self.options = options
        self.endpoints = endpoints
    }
}

public struct NetworkDriverInspect: Method {
    public static let name = "network.inspect"
    public static let summary = "What the driver holds of one network"
    public var id: String
    public init(id: String) { self.id = id }
    public typealias Result = NetworkDriverState
}

public struct NetworkDriverList: Method {
    public static let name = "network.list"
    public static let summary = "What the driver holds"
    public init() {}
    public typealias Result = [NetworkDriverState]
}

/// What should exist: the driver removes the rest and re-makes links, addresses and rules that are missing.
public struct NetworkReconcile: Method {
    public static let name = "network.reconcile"
    public static let summary = "Remove what should not exist, re-assert what should"
    public var networks: [NetworkDriverCreate]
    public var endpoints: [String]
    public init(networks: [NetworkDriverCreate], endpoints: [String]) {
        self.networks = networks
        self.endpoints = endpoints
    }
    public struct Result: Codable, Sendable {
        public var removedNetworks: [String]
        public var removedEndpoints: [String]
        /// Endpoints that should exist and are not known to the driver.
        public var missingEndpoints: [String]
        public init(removedNetworks: [String], removedEndpoints: [String], missingEndpoints: [String]) {
            self.removedNetworks = removedNetworks
            self.removedEndpoints = removedEndpoints
            self.missingEndpoints = missingEndpoints
        }
    }
}

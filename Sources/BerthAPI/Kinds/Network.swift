import JSONRPC

/// Makes a network for the given id; again with the same id and settings it answers the same.
public struct NetworkDriverCreate: Method {
    public static let name = "network.createNetwork"
    public static let summary = "Make a network"
    /// The core's id of the network: 64 hexadecimal digits.
    public var id: String
    /// For people; the driver may use it in interface names, cut and cleaned.
    public var networkName: String
    /// `10.1.0.0/16`; the driver chooses when absent.
    public var subnet: String?
    /// An address of the subnet; the driver chooses when absent.
    public var gateway: String?
    /// The part of the subnet that endpoints get addresses from; all of it when absent.
    public var ipRange: String?
    /// No way out of the network.
    public var isInternal: Bool
    /// `--opt` of network create; one that is not known is an `invalidArgument`.
    public var options: [String: String]
    /// Labels by name.
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
        /// The subnet that it has; absent where the driver gives no addresses.
        public var subnet: String?
        /// The gateway that it has.
        public var gateway: String?
        /// What the driver chose: its bridge's name, its MTU in bytes.
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
    /// The core's id of the network: 64 hexadecimal digits.
    public var id: String
    public init(id: String) { self.id = id }
    public typealias Result = Empty
}

/// An endpoint: a container's place on a network.
public struct NetworkEndpoint: Codable, Hashable, Sendable {
    /// Key of the endpoint, chosen by the core.
    public var endpoint: String
    /// The core's id of the network: 64 hexadecimal digits.
    public var network: String
    /// The interface's name in the sandbox: `eth0`.
    public var interface: String
    /// The address wanted, without prefix length; the driver chooses when absent.
    public var address: String?
    /// The hardware address wanted: `02:42:ac:11:00:02`; the driver chooses when absent.
    public var macAddress: String?
    /// The container's host name, for drivers that serve names.
    public var hostname: String?
    /// Ports to publish.
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
    /// What to connect.
    public var endpoint: NetworkEndpoint
    /// A path of the same namespace as descriptor 0, for drivers that cannot receive descriptors: `/proc/<pid>/ns/net`.
    public var sandbox: String?
    public init(endpoint: NetworkEndpoint, sandbox: String?) {
        self.endpoint = endpoint
        self.sandbox = sandbox
    }
    public struct Result: Codable, Hashable, Sendable {
        /// With prefix length: `172.17.0.2/16`. Absent where the driver gives none.
        public var address: String?
        /// Where the default route leads.
        public var gateway: String?
        /// The interface's hardware address.
        public var macAddress: String?
        /// Ports as they were published.
        public var ports: [PortBinding]
        /// What goes into the container's resolv.conf.
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
    /// Addresses of name servers; with none, the host's settings are copied.
    public var servers: [String]
    /// Domains to search.
    public var search: [String]
    /// Options as in resolv.conf(5).
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
    /// Key of the endpoint, chosen by the core.
    public var endpoint: String
    /// The sandbox has ended or is about to, and takes its links with it: the driver need not wait until they are gone,
    /// and sees to those that stay. No when absent.
    public var sandboxIsEnding: Bool?
    public init(endpoint: String, sandboxIsEnding: Bool? = nil) {
        self.endpoint = endpoint
        self.sandboxIsEnding = sandboxIsEnding
    }
    public typealias Result = Empty
}

/// Publishes further ports of an attached endpoint.
public struct NetworkPublish: Method {
    public static let name = "network.publish"
    public static let summary = "Publish ports of an endpoint"
    /// Key of the endpoint, chosen by the core.
    public var endpoint: String
    /// Ports to publish.
    public var ports: [PortRequest]
    public init(endpoint: String, ports: [PortRequest]) {
        self.endpoint = endpoint
        self.ports = ports
    }
    public struct Result: Codable, Sendable {
        /// The new ports as they were published.
        public var ports: [PortBinding]
        public init(ports: [PortBinding]) { self.ports = ports }
    }
}

public struct NetworkUnpublish: Method {
    public static let name = "network.unpublish"
    public static let summary = "Take published ports back"
    /// Key of the endpoint, chosen by the core.
    public var endpoint: String
    /// Ports as they were published.
    public var ports: [PortBinding]
    public init(endpoint: String, ports: [PortBinding]) {
        self.endpoint = endpoint
        self.ports = ports
    }
    public typealias Result = Empty
}

/// A network as its driver holds it.
public struct NetworkDriverState: Codable, Hashable, Sendable {
    /// The core's id of the network: 64 hexadecimal digits.
    public var id: String
    /// The subnet that it has.
    public var subnet: String?
    /// The gateway that it has.
    public var gateway: String?
    /// What the driver chose.
    public var options: [String: String]
    /// Keys of the endpoints attached to it.
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
    /// The core's id of the network: 64 hexadecimal digits.
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
    /// Networks that should exist.
    public var networks: [NetworkDriverCreate]
    /// Keys of the endpoints that should exist.
    public var endpoints: [String]
    public init(networks: [NetworkDriverCreate], endpoints: [String]) {
        self.networks = networks
        self.endpoints = endpoints
    }
    public struct Result: Codable, Sendable {
        /// Ids of networks that were removed.
        public var removedNetworks: [String]
        /// Keys of endpoints that were removed.
        public var removedEndpoints: [String]
        /// Keys of endpoints that should exist and are not known to the driver.
        public var missingEndpoints: [String]
        public init(removedNetworks: [String], removedEndpoints: [String], missingEndpoints: [String]) {
            self.removedNetworks = removedNetworks
            self.removedEndpoints = removedEndpoints
            self.missingEndpoints = missingEndpoints
        }
    }
}

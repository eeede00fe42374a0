import BerthAPI
import LinuxSystem

// What the plugin keeps, and where:
//
//     <state>/networks/<id>.json        NetworkRecord: written before its bridge is made, removed after it is gone
//     <run>/endpoints/<link>.json       EndpointRecord: written before its link is made, removed before its detach
//                                       is answered; <link> is the host's end of the veth pair
//     <run>/cursors/<id>                the address that was given last, in decimal
//     <run>/forwarding                  what net.ipv4.ip_forward was before the first network: "0" or "1"
//     <run>/owner                       the pid of the process that serves
//
// Networks outlive a boot. Endpoints describe links, which do not: the run directory is emptied at boot.

/// A network as it is made: everything chosen.
struct NetworkRecord: Codable, Hashable, Sendable {
    var id: String
    var name: String
    var subnet: String
    var gateway: String
    var ipRange: String?
    var isInternal: Bool
    var bridge: String
    var mtu: UInt32?
    var options: [String: String]
}

/// An endpoint as it is, or as far as it came.
struct EndpointRecord: Codable, Hashable, Sendable {
    /// The host's end of the veth pair; made up once, never used again.
    var link: String
    /// What was asked for.
    var request: NetworkEndpoint
    var address: String
    var macAddress: String
    /// All that is published, `request.ports` included.
    var ports: [PortBinding]
    /// A path of the sandbox's namespace and its inode number, to tell whether the sandbox still lives.
    var sandbox: String?
    var sandboxInode: UInt64
}

/// A network in memory.
struct Network: Sendable {
    var record: NetworkRecord
    var bridge: InterfaceName
    var pool: AddressPool

    /// Fails for a record that was damaged.
    init(_ record: NetworkRecord) throws {
        guard let subnet = IPv4Subnet(record.subnet), let gateway = IPv4Address(record.gateway),
            let bridge = InterfaceName(rawValue: record.bridge)
        else { throw BerthError(.corrupted, "the record of network \(record.id) is damaged") }
        self.record = record
        self.bridge = bridge
        pool = AddressPool(subnet: subnet, range: record.ipRange.flatMap { IPv4Subnet($0) }, gateway: gateway)
    }

    var gateway: IPv4Interface { IPv4Interface(pool.gateway, prefix: pool.subnet.prefix) }
}

/// An endpoint in memory.
struct Endpoint: Sendable {
    var record: EndpointRecord
    var link: InterfaceName
    var interface: InterfaceName
    var address: IPv4Address
    var macAddress: MACAddress
    var reservations: [PublishedPort: PortReservation] = [:]

    init(_ record: EndpointRecord) throws {
        guard let address = IPv4Address(record.address), let link = InterfaceName(rawValue: record.link),
            let interface = InterfaceName(rawValue: record.request.interface),
            let macAddress = MACAddress(record.macAddress)
        else { throw BerthError(.corrupted, "the record of endpoint \(record.request.endpoint) is damaged") }
        self.record = record
        self.link = link
        self.interface = interface
        self.address = address
        self.macAddress = macAddress
    }

    var ports: [PublishedPort] { record.ports.compactMap { PublishedPort($0, target: address) } }
}

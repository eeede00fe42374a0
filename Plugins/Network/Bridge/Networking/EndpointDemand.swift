import BerthAPI
import LinuxSystem

/// A request for an endpoint, checked.
struct EndpointDemand: Sendable {
    static let longestKey = 256

    let address: IPv4Address?
    let macAddress: MACAddress?
    let ports: [PortDemand]

    init(_ request: NetworkEndpoint, on network: Network) throws(BerthError) {
        _ = try parsedName(request.interface)
        guard request.interface != "lo" else {
            throw BerthError(.invalidArgument, "the interface of an endpoint cannot be named lo")
        }
        address = try request.address.map { (text) throws(BerthError) in try Self.address(text) }
        macAddress = try request.macAddress.map { (text) throws(BerthError) in try Self.macAddress(text) }
        ports = try PortDemand.all(request.ports)
        guard ports.isEmpty || !network.record.isInternal else {
            throw BerthError(
                .failedPrecondition, "network \(network.record.name) is internal: ports cannot be published on it",
                object: "network \(network.record.id)")
        }
    }

    static func check(key: String) throws(BerthError) {
        guard (1...longestKey).contains(key.utf8.count), key.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
            throw BerthError(
                .invalidArgument, "\(quoted(key)) is no endpoint: it takes 1 to \(longestKey) bytes, none of control")
        }
    }

    /// With or without a prefix length, which the network decides.
    private static func address(_ text: String) throws(BerthError) -> IPv4Address {
        if let interface = IPv4Interface(text) { return interface.address }
        return try parsedAddress(text, "address")
    }

    private static func macAddress(_ text: String) throws(BerthError) -> MACAddress {
        guard let address = MACAddress(text), address.isUnicast else {
            throw BerthError(.invalidArgument, "MAC address \(quoted(text)) is not one that an interface can have")
        }
        return address
    }
}

import BerthAPI
import LinuxSystem

/// A port of the host and what it leads to.
struct PublishedPort: Hashable, Sendable {
    var transport: PortProtocol
    /// 0.0.0.0 for every address of the host.
    var hostAddress: IPv4Address
    var hostPort: UInt16
    var target: IPv4Address
    var targetPort: UInt16

    init(
        transport: PortProtocol, hostAddress: IPv4Address, hostPort: UInt16, target: IPv4Address, targetPort: UInt16
    ) {
        self.transport = transport
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.target = target
        self.targetPort = targetPort
    }

    init?(_ binding: PortBinding, target: IPv4Address) {
        guard let transport = PortProtocol(rawValue: binding.proto), let address = IPv4Address(binding.hostAddress),
            let hostPort = UInt16(exactly: binding.hostPort), let port = UInt16(exactly: binding.containerPort)
        else { return nil }
        self.init(
            transport: transport, hostAddress: address, hostPort: hostPort, target: target, targetPort: port)
    }

    var binding: PortBinding {
        PortBinding(
            hostAddress: "\(hostAddress)", hostPort: Int(hostPort), containerPort: Int(targetPort),
            proto: transport.rawValue)
    }

    /// The map of the rule set that it is an element of.
    var map: String { "\(transport.rawValue)_\(hostAddress == .any ? "any" : "at")" }
}

/// A request for a port, checked.
struct PortDemand: Sendable {
    /// So many at once, of one endpoint: all ports of both protocols.
    static let maximum = 2 * 65535

    let transport: PortProtocol
    let hostAddress: IPv4Address
    /// Candidates in the order in which they are tried; 0 is the kernel's choice.
    let hostPorts: ClosedRange<UInt16>
    let containerPort: UInt16

    init(_ request: PortRequest) throws(BerthError) {
        transport = try Self.transport(request.proto)
        hostAddress = try Self.address(request.hostAddress)
        containerPort = try Self.port(request.containerPort, "container port", from: 1)
        let first = try Self.port(request.hostPort ?? 0, "host port", from: 0)
        let last = try request.hostPortEnd.map { (end) throws(BerthError) in try Self.port(end, "host port", from: 1) }
        guard last == nil || (first > 0 && first <= last!) else {
            throw BerthError(.invalidArgument, "host ports \(first)-\(last!) are no range")
        }
        hostPorts = first...(last ?? first)
    }

    static func all(_ requests: [PortRequest]) throws(BerthError) -> [PortDemand] {
        guard requests.count <= maximum else {
            throw BerthError(.invalidArgument, "\(requests.count) ports are more than an endpoint can publish")
        }
        var demands: [PortDemand] = []
        for request in requests { demands.append(try PortDemand(request)) }
        return demands
    }

    private static func transport(_ text: String) throws(BerthError) -> PortProtocol {
        if let transport = PortProtocol(rawValue: text) { return transport }
        if text == "sctp" { throw BerthError(.unimplemented, "publishing sctp ports is not supported by this driver") }
        throw BerthError(.invalidArgument, "\(quoted(text)) is no protocol of ports: use tcp or udp")
    }

    private static func address(_ text: String?) throws(BerthError) -> IPv4Address {
        guard let text, !text.isEmpty else { return .any }
        let address = try parsedAddress(text, "host address")
        guard !address.isMulticastOrReserved else {
            throw BerthError(.invalidArgument, "host address \(address) is not an address of a host")
        }
        return address
    }

    private static func port(_ number: Int, _ what: String, from first: UInt16) throws(BerthError) -> UInt16 {
        guard let port = UInt16(exactly: number), port >= first else {
            throw BerthError(.invalidArgument, "\(what) \(number) is not a number from \(first) to 65535")
        }
        return port
    }
}

import BerthAPI
import LinuxSystem

/// Bridges, veth pairs and what is set inside sandboxes. Every step can be repeated.
final class Plumbing: @unchecked Sendable {
    // Sendable because its one holder, `BridgeState`, is reached with the driver's lock held.

    /// What the links of containers begin with, on the host's side.
    static let linkPrefix = "bv"

    private let home: NetworkNamespace
    private let homeIdentity: UInt64
    private let settings: HostSettings
    var socket: NetlinkSocket

    init(settings: HostSettings) throws {
        let home = try NetworkNamespace.current()
        homeIdentity = try home.identity()
        socket = try NetlinkSocket()
        self.home = home
        self.settings = settings
    }

    static func makeLinkName() -> InterfaceName {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        let random = String((0..<10).map { _ in letters.randomElement()! })
        return InterfaceName(rawValue: linkPrefix + random)!
    }

    static func alias(of network: String) -> String { "berth network \(network)" }

    /// Fails for the host's own namespace: what is meant for a sandbox must not be done there.
    func check(_ sandbox: NetworkNamespace) throws {
        guard try sandbox.identity() != homeIdentity else {
            throw BerthError(.invalidArgument, "the sandbox is the host's own network namespace")
        }
    }

    // MARK: Bridges

    /// Makes the bridge, with its address, unless it is there.
    ///
    /// - Returns: its index.
    func ensureBridge(_ network: Network) throws -> Int32 {
        let name = network.bridge
        if let link = try socket.link(.name(name)) {
            guard link.kind == "bridge" else {
                throw BerthError(.conflict, "interface \(name) exists and is no bridge")
            }
            return link.index
        }
        let address = MACAddress(derivedFrom: network.pool.gateway)
        try socket.perform([.createBridge(name, address: address, mtu: network.record.mtu)])
        guard let link = try socket.link(.name(name)) else {
            throw BerthError(.unavailable, "bridge \(name) was removed while it was made")
        }
        try perform(
            [.setAlias(.index(link.index), Self.alias(of: network.record.id))],
            optional: [.setNoIPv6LinkLocal(.index(link.index))])
        try assertBridge(network, index: link.index)
        return link.index
    }

    /// Puts the bridge's address and the settings that rules rely on in place again.
    func assertBridge(_ network: Network, index: Int32) throws {
        try socket.perform([.addAddress(network.gateway, index: index), .setLink(.index(index), isUp: true)])
        if !network.record.isInternal { try settings.enableLoopbackRouting(network.bridge) }
    }

    /// Deletes the bridge; one that is gone, or someone else's, is left.
    func deleteBridge(_ network: Network) throws {
        guard let link = try socket.link(.name(network.bridge)), link.kind == "bridge" else { return }
        try delete(.index(link.index))
    }

    // MARK: Endpoints

    /// Makes the veth pair and sets up its far end.
    func connect(_ endpoint: Endpoint, to network: Network, _ sandbox: NetworkNamespace) throws {
        let bridge = try ensureBridge(network)
        let peer = VethPeer(name: endpoint.interface, address: endpoint.macAddress, namespace: sandbox)
        let near = LinkReference.name(endpoint.link)
        try perform(
            [.createVeth(endpoint.link, master: bridge, mtu: network.record.mtu, peer: peer)],
            optional: [.setNoIPv6LinkLocal(near)])
        do {
            try socket.perform([.setHairpin(near), .setLink(near, isUp: true)])
            try configure(endpoint, on: network, sandbox)
        } catch {
            try delete(near)
            throw error
        }
    }

    /// Sets up the far end: addresses, loopback, the way out.
    func configure(_ endpoint: Endpoint, on network: Network, _ sandbox: NetworkNamespace) throws {
        var inside = try sandbox.enter(from: home) { () throws(SystemError) in try NetlinkSocket() }
        let far = LinkReference.name(endpoint.interface)
        let (answers, failures) = try inside.outcome([
            .setNoIPv6LinkLocal(far), .setLink(.loopback, isUp: true), .link(far),
        ])
        for failure in failures[1...] { if let failure { throw failure } }
        guard let index = answers[2].flatMap({ Link($0) })?.index else {
            throw BerthError(.internal, "interface \(endpoint.interface) of the sandbox cannot be read")
        }
        let address = IPv4Interface(endpoint.address, prefix: network.pool.subnet.prefix)
        var messages: [NetlinkMessage] = [.addAddress(address, index: index), .setLink(.index(index), isUp: true)]
        if !network.record.isInternal {
            messages.append(.addRoute(IPv4Subnet(.any, prefix: 0), gateway: network.pool.gateway, index: index))
        }
        try inside.perform(messages)
    }

    // MARK: Flows

    /// UDP has no connections that end: a peer that goes on sending would go on past rules that came later, or to an
    /// address that is someone else's by then.
    func forgetFlows(_ ports: some Collection<PublishedPort>, published: Bool) throws {
        let udp = ports.filter { $0.transport == .udp }
        guard !udp.isEmpty else { return }
        let targets = Dictionary(udp.map { ($0.hostPort, $0.target) }, uniquingKeysWith: { first, _ in first })
        var socket = try NetlinkSocket(.netfilter)
        try socket.forgetFlows { flow in
            guard flow.transport == Flow.udp, let target = targets[flow.destinationPort] else { return false }
            return (flow.answerer == target) != published
        }
    }

    func link(_ name: InterfaceName) throws -> Link? { try socket.link(.name(name)) }

    /// Deletes a link; one that is gone is no error.
    func delete(_ link: LinkReference) throws {
        do {
            try socket.perform([.deleteLink(link)])
        } catch let error as NetlinkError where error.errno == .noDevice {}
    }

    /// Whether the sandbox that an endpoint was connected to still lives.
    func isAlive(_ record: EndpointRecord, _ link: Link) throws -> Bool {
        // A process that has ended has no namespaces; its number may be another process's by now. A confined driver does
        // not see other processes, and asks the kernel, which knows whether anybody holds the namespace.
        if let path = record.sandbox, let namespace = try? NetworkNamespace(path: path) {
            return try namespace.identity() == record.sandboxInode
        }
        guard let id = link.peerNamespace else { return false }
        return try socket.isAlive(namespace: id)
    }

    /// Links of ours on a bridge.
    func ports(of bridge: Int32) throws -> [Link] {
        try socket.links(kind: "veth", master: bridge).filter { $0.name.hasPrefix(Self.linkPrefix) }
    }

    /// Performs requests whose failure counts, then those whose failure does not: a kernel without IPv6 refuses them.
    private func perform(_ required: [NetlinkMessage], optional: [NetlinkMessage]) throws {
        let (_, failures) = try socket.outcome(required + optional)
        for failure in failures[..<required.count] { if let failure { throw failure } }
    }
}

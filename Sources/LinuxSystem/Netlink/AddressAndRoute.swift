/// An address on a link.
public struct LinkAddress: Hashable, Sendable {
    public var index: Int32
    public var interface: IPv4Interface
}

/// A route of the main table.
public struct Route: Hashable, Sendable {
    public var destination: IPv4Subnet
    public var gateway: IPv4Address?
    /// The link's index; nil for routes that name none (blackholes, several next hops).
    public var index: Int32?

    public var isDefault: Bool { destination.prefix == 0 }
}

private enum AddressAttribute {
    static let address: UInt16 = 1
    static let local: UInt16 = 2
    static let broadcast: UInt16 = 4
}

private enum RouteAttribute {
    static let destination: UInt16 = 1
    static let outputInterface: UInt16 = 4
    static let gateway: UInt16 = 5
    static let table: UInt16 = 15
}

extension NetlinkMessage {
    private static let inet: UInt8 = 2
    private static let mainTable: UInt8 = 254

    /// Gives a link an address and the route to its subnet; one that is there already is kept.
    public static func addAddress(_ interface: IPv4Interface, index: Int32) -> NetlinkMessage {
        var message = NetlinkMessage(
            type: 20, flags: [.create, .replace], purpose: "add address \(interface)",
            header: [inet, interface.prefix, 0, 0] + native(index))
        message.add(AddressAttribute.local, interface.address)
        message.add(AddressAttribute.address, interface.address)
        if interface.prefix < 31 { message.add(AddressAttribute.broadcast, interface.subnet.last) }
        return message
    }

    public static func deleteAddress(_ interface: IPv4Interface, index: Int32) -> NetlinkMessage {
        var message = NetlinkMessage(
            type: 21, purpose: "remove address \(interface)", header: [inet, interface.prefix, 0, 0] + native(index))
        message.add(AddressAttribute.local, interface.address)
        return message
    }

    /// Adds a route to the main table; one with the same destination is replaced.
    public static func addRoute(_ destination: IPv4Subnet, gateway: IPv4Address?, index: Int32) -> NetlinkMessage {
        // rtmsg: protocol 4 "static"; scope universe through a gateway, 253 "link" without; type unicast.
        var message = NetlinkMessage(
            type: 24, flags: [.create, .replace], purpose: "add the route to \(destination)",
            header: [inet, destination.prefix, 0, 0, mainTable, 4, gateway == nil ? 253 : 0, 1] + native(UInt32(0)))
        if destination.prefix > 0 { message.add(RouteAttribute.destination, destination.base) }
        if let gateway { message.add(RouteAttribute.gateway, gateway) }
        message.add(RouteAttribute.outputInterface, index)
        return message
    }

    static var addresses: NetlinkMessage {
        NetlinkMessage(
            type: 22, flags: .dump, purpose: "list the addresses", header: [inet, 0, 0, 0] + native(Int32(0)))
    }

    static var routes: NetlinkMessage {
        NetlinkMessage(
            type: 26, flags: .dump, purpose: "list the routes",
            header: [inet, 0, 0, 0, mainTable, 0, 0, 0] + native(UInt32(0)))
    }
}

extension NetlinkSocket {
    /// The IPv4 addresses of all links.
    public mutating func addresses() throws -> [LinkAddress] {
        try dump(.addresses).compactMap { payload in
            let bytes = payload[...]
            guard let index = bytes.integer(Int32.self, at: 4), let prefix = payload.dropFirst().first else {
                return nil
            }
            let attributes = NetlinkAttributes(bytes.dropFirst(8))
            guard let address = attributes.address(AddressAttribute.local) else { return nil }
            return LinkAddress(index: index, interface: IPv4Interface(address, prefix: prefix))
        }
    }

    /// The IPv4 routes of the main table.
    public mutating func routes() throws -> [Route] {
        try routeMessages().compactMap { payload in
            guard payload.count >= 12 else { return nil }
            let attributes = NetlinkAttributes(payload[12...])
            let destination = attributes.address(RouteAttribute.destination) ?? .any
            return Route(
                destination: IPv4Subnet(destination, prefix: payload[1]),
                gateway: attributes.address(RouteAttribute.gateway),
                index: attributes.integer(RouteAttribute.outputInterface))
        }
    }

    /// A namespace has no table before its first address, or the first start of its loopback.
    private mutating func routeMessages() throws -> [[UInt8]] {
        do {
            return try dump(.routes)
        } catch let error as NetlinkError where error.errno == .noEntry {
            return []
        }
    }
}

/// A network interface as rtnetlink(7) describes it.
public struct Link: Hashable, Sendable {
    public var index: Int32
    public var name: String
    /// `bridge`, `veth`, …; nil for hardware and loopback.
    public var kind: String?
    /// The bridge or bond that it is a port of.
    public var master: Int32?
    public var mtu: UInt32
    public var isUp: Bool
    public var address: MACAddress?
    public var alias: String?
    /// The id, in the namespace that was asked, of the namespace that holds the other end of a veth pair.
    public var peerNamespace: Int32?

    /// From the answer to `NetlinkMessage.link`: an ifinfomsg and attributes; nil when it is malformed.
    public init?(_ payload: [UInt8]) {
        let bytes = payload[...]
        guard let index = bytes.integer(Int32.self, at: 4), let flags = bytes.integer(UInt32.self, at: 8),
            payload.count >= 16
        else { return nil }
        let attributes = NetlinkAttributes(bytes.dropFirst(16))
        guard let name = attributes.string(LinkAttribute.name) else { return nil }
        self.index = index
        self.name = name
        isUp = flags & NetlinkMessage.up != 0
        kind = attributes.nested(LinkAttribute.info)?.string(LinkAttribute.infoKind)
        master = attributes.integer(LinkAttribute.master)
        mtu = attributes.integer(LinkAttribute.mtu) ?? 0
        address = attributes.bytes(LinkAttribute.address).flatMap { MACAddress(bytes: $0) }
        alias = attributes.string(LinkAttribute.alias)
        peerNamespace = attributes.integer(LinkAttribute.linkNamespace)
    }
}

/// The far end of a new veth pair, made where it will live.
public struct VethPeer: Sendable {
    public var name: InterfaceName
    public var address: MACAddress
    public var namespace: NetworkNamespace

    public init(name: InterfaceName, address: MACAddress, namespace: NetworkNamespace) {
        self.name = name
        self.address = address
        self.namespace = namespace
    }
}

/// `IFLA_…` of linux/if_link.h.
enum LinkAttribute {
    static let address: UInt16 = 1
    static let name: UInt16 = 3
    static let mtu: UInt16 = 4
    static let master: UInt16 = 10
    static let info: UInt16 = 18
    static let alias: UInt16 = 20
    static let familySettings: UInt16 = 26
    static let namespaceDescriptor: UInt16 = 28
    static let extendedMask: UInt16 = 29
    static let linkNamespace: UInt16 = 37
    static let infoKind: UInt16 = 1
    static let infoData: UInt16 = 2
    static let infoPortKind: UInt16 = 4
    static let infoPortData: UInt16 = 5
    static let bridgePortHairpin: UInt16 = 4
    static let vethPeer: UInt16 = 1
}

/// A link in a request: by index where it is known, else by name.
public enum LinkReference: Sendable, CustomStringConvertible {
    case index(Int32)
    case name(InterfaceName)

    /// The loopback interface, the first of every namespace.
    public static let loopback = LinkReference.index(1)

    public var description: String {
        switch self {
        case .index(let index): "\(index)"
        case .name(let name): "\(name)"
        }
    }
}

extension NetlinkMessage {
    static let up: UInt32 = 1

    private static let newLink: UInt16 = 16
    private static let removeLink: UInt16 = 17
    private static let getLink: UInt16 = 18

    /// An ifinfomsg (rtnetlink(7)).
    private static func linkHeader(index: Int32 = 0, flags: UInt32 = 0, change: UInt32 = 0) -> [UInt8] {
        [0, 0, 0, 0] + native(index) + native(flags) + native(change)
    }

    private init(
        _ type: UInt16, _ link: LinkReference, flags: Flags = [], linkFlags: UInt32 = 0, change: UInt32 = 0,
        purpose: String
    ) {
        var index: Int32 = 0
        if case .index(let known) = link { index = known }
        self.init(
            type: type, flags: flags, purpose: purpose,
            header: Self.linkHeader(index: index, flags: linkFlags, change: change))
        if case .name(let name) = link { add(LinkAttribute.name, name.rawValue) }
    }

    /// A new bridge, down, with a MAC address of its own: it does not change as ports come and go.
    public static func createBridge(_ name: InterfaceName, address: MACAddress, mtu: UInt32?) -> NetlinkMessage {
        var message = NetlinkMessage(
            newLink, .name(name), flags: [.create, .exclusive], purpose: "create bridge \(name)")
        message.add(LinkAttribute.address, bytes: address.bytes)
        if let mtu { message.add(LinkAttribute.mtu, mtu) }
        message.nest(LinkAttribute.info) { $0.add(LinkAttribute.infoKind, "bridge") }
        return message
    }

    /// A veth pair whose near end is a port of `master` and whose far end is made in another namespace, under its
    /// final name: nothing has to be moved or renamed.
    public static func createVeth(
        _ name: InterfaceName, master: Int32, mtu: UInt32?, peer: VethPeer
    ) -> NetlinkMessage {
        var message = NetlinkMessage(
            newLink, .name(name), flags: [.create, .exclusive],
            purpose: "create interface \(peer.name) in the sandbox")
        message.add(LinkAttribute.master, master)
        if let mtu { message.add(LinkAttribute.mtu, mtu) }
        message.nest(LinkAttribute.info) { info in
            info.add(LinkAttribute.infoKind, "veth")
            info.nest(LinkAttribute.infoData) { data in
                data.nest(LinkAttribute.vethPeer, header: linkHeader()) { far in
                    far.add(LinkAttribute.name, peer.name.rawValue)
                    far.add(LinkAttribute.address, bytes: peer.address.bytes)
                    far.add(LinkAttribute.namespaceDescriptor, UInt32(peer.namespace.raw))
                    if let mtu { far.add(LinkAttribute.mtu, mtu) }
                }
            }
        }
        return message
    }

    /// Takes a link up or down.
    public static func setLink(_ link: LinkReference, isUp: Bool) -> NetlinkMessage {
        NetlinkMessage(
            newLink, link, linkFlags: isUp ? up : 0, change: up,
            purpose: "take interface \(link) \(isUp ? "up" : "down")")
    }

    /// Makes a link a port of a bridge; 0 takes it out.
    public static func setMaster(_ link: LinkReference, _ master: Int32) -> NetlinkMessage {
        var message = NetlinkMessage(newLink, link, purpose: "make interface \(link) a port of bridge \(master)")
        message.add(LinkAttribute.master, master)
        return message
    }

    /// Lets a bridge send a frame back out of the port that it came in by: with br_netfilter, what a sandbox sends to
    /// a port of the host that leads back to itself is such a frame.
    public static func setHairpin(_ link: LinkReference) -> NetlinkMessage {
        var message = NetlinkMessage(newLink, link, purpose: "let bridge port \(link) send back")
        message.nest(LinkAttribute.info) { info in
            info.add(LinkAttribute.infoPortKind, "bridge")
            info.nest(LinkAttribute.infoPortData) { $0.add(LinkAttribute.bridgePortHairpin, UInt8(1)) }
        }
        return message
    }

    public static func setMTU(_ link: LinkReference, _ mtu: UInt32) -> NetlinkMessage {
        var message = NetlinkMessage(newLink, link, purpose: "set the MTU of interface \(link) to \(mtu)")
        message.add(LinkAttribute.mtu, mtu)
        return message
    }

    /// Renames a link by its index; it must be down.
    public static func rename(_ index: Int32, to name: InterfaceName) -> NetlinkMessage {
        var message = NetlinkMessage(newLink, .index(index), purpose: "rename interface \(index) to \(name)")
        message.add(LinkAttribute.name, name.rawValue)
        return message
    }

    /// A text for people and for `links()`, at most 255 bytes.
    public static func setAlias(_ link: LinkReference, _ alias: String) -> NetlinkMessage {
        var message = NetlinkMessage(newLink, link, purpose: "label interface \(link)")
        message.add(LinkAttribute.alias, bytes: alias.utf8.prefix(255))
        return message
    }

    /// No IPv6 link-local address when the link comes up (IN6_ADDR_GEN_MODE_NONE): nobody else can then reach the
    /// link by a protocol that no rule looks at, and no duplicate address detection is sent.
    public static func setNoIPv6LinkLocal(_ link: LinkReference) -> NetlinkMessage {
        var message = NetlinkMessage(newLink, link, purpose: "turn off IPv6 link-local addresses on interface \(link)")
        message.nest(LinkAttribute.familySettings) { families in
            families.nest(10) { $0.add(8, UInt8(1)) }
        }
        return message
    }

    public static func deleteLink(_ link: LinkReference) -> NetlinkMessage {
        NetlinkMessage(removeLink, link, purpose: "delete interface \(link)")
    }

    /// Asks for one link.
    public static func link(_ link: LinkReference) -> NetlinkMessage {
        var message = NetlinkMessage(getLink, link, purpose: "look at interface \(link)")
        message.add(LinkAttribute.extendedMask, skipStatistics)
        return message
    }

    /// Asks for all links, of one kind and one bridge where they are given.
    public static func links(kind: String? = nil, master: Int32? = nil) -> NetlinkMessage {
        var message = NetlinkMessage(
            type: getLink, flags: .dump, purpose: "list the interfaces", header: linkHeader())
        message.add(LinkAttribute.extendedMask, skipStatistics)
        if let master { message.add(LinkAttribute.master, master) }
        if let kind { message.nest(LinkAttribute.info) { $0.add(LinkAttribute.infoKind, kind) } }
        return message
    }

    /// RTEXT_FILTER_SKIP_STATS.
    private static let skipStatistics: UInt32 = 1 << 3
}

extension NetlinkSocket {
    /// The link, or nil when there is none.
    public mutating func link(_ link: LinkReference) throws -> Link? {
        do {
            return try perform([.link(link)])[0].flatMap { Link($0) }
        } catch let error as NetlinkError where error.errno == .noDevice {
            return nil
        }
    }

    /// All links, of one kind and one bridge where they are given.
    public mutating func links(kind: String? = nil, master: Int32? = nil) throws -> [Link] {
        try dump(.links(kind: kind, master: master)).compactMap { Link($0) }
    }
}

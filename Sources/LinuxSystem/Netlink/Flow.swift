/// A flow that the kernel tracks (conntrack), as ctnetlink describes it (linux/netfilter/nfnetlink_conntrack.h).
public struct Flow: Hashable, Sendable {
    public static let udp: UInt8 = 17

    public var transport: UInt8
    public var source: IPv4Address
    /// What the first packet was sent to, before any translation.
    public var destination: IPv4Address
    public var destinationPort: UInt16
    /// Who answers: another address than `destination` where that was translated.
    public var answerer: IPv4Address
    /// The tuple as it came, which names the flow when it is deleted.
    fileprivate var tuple: [UInt8]

    init?(_ payload: [UInt8]) {
        guard payload.count >= 4 else { return nil }
        let attributes = NetlinkAttributes(payload[4...])
        guard let tuple = attributes.bytes(Attribute.original), let original = attributes.nested(Attribute.original),
            let addresses = original.nested(Attribute.addresses), let ports = original.nested(Attribute.protocolPart),
            let transport = ports.integer(Attribute.number, UInt8.self),
            let source = addresses.address(Attribute.source), let target = addresses.address(Attribute.destination),
            let answerer = attributes.nested(Attribute.reply)?.nested(Attribute.addresses)?.address(Attribute.source)
        else { return nil }
        self.transport = transport
        self.source = source
        destination = target
        destinationPort = UInt16(bigEndian: ports.integer(Attribute.destinationPort) ?? 0)
        self.answerer = answerer
        self.tuple = Array(tuple)
    }

    fileprivate enum Attribute {
        static let original: UInt16 = 1
        static let reply: UInt16 = 2
        static let addresses: UInt16 = 1
        static let protocolPart: UInt16 = 2
        static let source: UInt16 = 1
        static let destination: UInt16 = 2
        static let number: UInt16 = 1
        static let destinationPort: UInt16 = 3
    }
}

extension NetlinkMessage {
    /// An nfgenmsg: family INET, version 0, no resource.
    private static let flowHeader: [UInt8] = [2, 0, 0, 0]

    fileprivate static var flows: NetlinkMessage {
        NetlinkMessage(type: 0x101, flags: .dump, purpose: "list the tracked flows", header: flowHeader)
    }

    fileprivate static func delete(_ flow: Flow) -> NetlinkMessage {
        var message = NetlinkMessage(type: 0x102, purpose: "forget a tracked flow", header: flowHeader)
        message.add(Flow.Attribute.original | 0x8000, bytes: flow.tuple)
        return message
    }
}

extension NetlinkSocket {
    /// Forgets the tracked IPv4 flows that `isStale` chooses, so that their next packet meets the rules anew. On a
    /// socket of the family `netfilter`.
    public mutating func forgetFlows(_ isStale: (Flow) -> Bool) throws {
        var stale = try dump(.flows).compactMap { Flow($0) }.filter(isStale)[...]
        while !stale.isEmpty {
            // One that has ended meanwhile is no error.
            _ = try outcome(stale.prefix(Self.maximumBatch).map { .delete($0) })
            stale = stale.dropFirst(Self.maximumBatch)
        }
    }
}

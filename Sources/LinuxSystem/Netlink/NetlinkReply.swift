/// One message from the kernel: its type and what follows the netlink header.
struct NetlinkReply {
    static let noop: UInt16 = 1
    static let error: UInt16 = 2
    static let done: UInt16 = 3

    let type: UInt16
    let flags: UInt16
    let sequence: UInt32
    let payload: ArraySlice<UInt8>

    /// The messages of one datagram; one that claims more bytes than there are ends the list.
    static func parse(_ datagram: ArraySlice<UInt8>) -> [NetlinkReply] {
        var replies: [NetlinkReply] = []
        var rest = datagram
        while let length = rest.integer(UInt32.self, at: 0), length >= 16, Int(length) <= rest.count,
            let type = rest.integer(UInt16.self, at: 4), let flags = rest.integer(UInt16.self, at: 6),
            let sequence = rest.integer(UInt32.self, at: 8)
        {
            let payload = rest.dropFirst(16).prefix(Int(length) - 16)
            replies.append(NetlinkReply(type: type, flags: flags, sequence: sequence, payload: payload))
            rest = rest.dropFirst(aligned(Int(length)))
        }
        return replies
    }

    /// The result that an `NLMSG_ERROR` carries: 0 or a positive errno value, with the extended ack's sentence.
    func acknowledgement() -> (errno: Int32, text: String?)? {
        guard let code = payload.integer(Int32.self, at: 0) else { return nil }
        // NETLINK_CAP_ACK cuts the echoed request to its header: the attributes follow after 4 + 16 bytes.
        let isCapped = flags & 0x100 != 0
        let echoed = type == Self.done ? 0 : isCapped ? 16 : Int(payload.integer(UInt32.self, at: 4) ?? 16)
        let hasAttributes = flags & 0x200 != 0
        let text = hasAttributes ? NetlinkAttributes(payload.dropFirst(4 + aligned(echoed))).string(1) : nil
        return (-code, text)
    }
}

/// The attributes of a message, looked up by type; a malformed one ends the list.
struct NetlinkAttributes {
    private var values: [UInt16: ArraySlice<UInt8>] = [:]

    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while let length = rest.integer(UInt16.self, at: 0), length >= 4, Int(length) <= rest.count,
            let type = rest.integer(UInt16.self, at: 2)
        {
            // The two top bits say "nested" and "network byte order".
            values[type & 0x3fff] = rest.dropFirst(4).prefix(Int(length) - 4)
            rest = rest.dropFirst(aligned(Int(length)))
        }
    }

    func bytes(_ type: UInt16) -> ArraySlice<UInt8>? { values[type] }
    func integer<T: FixedWidthInteger>(_ type: UInt16, _: T.Type = T.self) -> T? {
        values[type]?.integer(T.self, at: 0)
    }
    func string(_ type: UInt16) -> String? {
        values[type].map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    func address(_ type: UInt16) -> IPv4Address? {
        guard let bytes = values[type], bytes.count == 4 else { return nil }
        return bytes.integer(UInt32.self, at: 0).map { IPv4Address(rawValue: UInt32(bigEndian: $0)) }
    }
    func nested(_ type: UInt16) -> NetlinkAttributes? { values[type].map { NetlinkAttributes($0) } }
}

func aligned(_ length: Int) -> Int { (length + 3) & ~3 }

extension ArraySlice<UInt8> {
    /// The integer in the machine's byte order at `offset` from the start, nil beyond the end.
    func integer<T: FixedWidthInteger>(_: T.Type, at offset: Int) -> T? {
        guard offset + MemoryLayout<T>.size <= count else { return nil }
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: T.self) }
    }
}

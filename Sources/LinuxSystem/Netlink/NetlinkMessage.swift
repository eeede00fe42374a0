/// One netlink request under construction (netlink(7)): a type's fixed header, then attributes, all aligned to four
/// bytes and in the machine's byte order.
public struct NetlinkMessage: Sendable {
    /// `NLM_F_…` beyond REQUEST and ACK, which the socket adds.
    public struct Flags: OptionSet, Sendable {
        public let rawValue: UInt16
        public init(rawValue: UInt16) { self.rawValue = rawValue }
        public static let replace = Flags(rawValue: 0x100)
        public static let exclusive = Flags(rawValue: 0x200)
        public static let create = Flags(rawValue: 0x400)
        public static let dump = Flags(rawValue: 0x300)
    }

    let type: UInt16
    let flags: Flags
    /// What it is for, for the error's sentence: "create bridge berth0".
    let purpose: String
    private(set) var payload: [UInt8]

    init(type: UInt16, flags: Flags = [], purpose: String, header: [UInt8]) {
        self.type = type
        self.flags = flags
        self.purpose = purpose
        payload = header
    }

    mutating func add(_ attribute: UInt16, bytes: some Collection<UInt8>) {
        let length = 4 + bytes.count
        precondition(length <= UInt16.max, "a netlink attribute holds 65,531 bytes")
        payload += native(UInt16(length)) + native(attribute)
        payload += bytes
        pad()
    }

    mutating func add(_ attribute: UInt16, _ value: some FixedWidthInteger) { add(attribute, bytes: native(value)) }

    mutating func add(_ attribute: UInt16, _ text: String) { add(attribute, bytes: Array(text.utf8) + [0]) }

    /// An address in network byte order.
    mutating func add(_ attribute: UInt16, _ address: IPv4Address) {
        add(attribute, bytes: native(address.rawValue.bigEndian))
    }

    /// An attribute that holds attributes, after `header` where its type has one.
    mutating func nest(_ attribute: UInt16, header: [UInt8] = [], _ body: (inout NetlinkMessage) -> Void) {
        let start = payload.count
        payload += native(UInt16(0)) + native(attribute | 0x8000) + header
        body(&self)
        let length = native(UInt16(payload.count - start))
        payload[start] = length[0]
        payload[start + 1] = length[1]
    }

    private mutating func pad() {
        while payload.count % 4 != 0 { payload.append(0) }
    }

    /// The whole message with its header.
    func encoded(sequence: UInt32) -> [UInt8] {
        native(UInt32(16 + payload.count)) + native(type) + native(flags.rawValue | 0x5) + native(sequence)
            + native(UInt32(0)) + payload
    }
}

/// The bytes of an integer in the machine's order.
func native<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value) { Array($0) }
}

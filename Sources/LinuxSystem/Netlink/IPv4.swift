/// An IPv4 address, in host byte order.
public struct IPv4Address: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    public var rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// 0.0.0.0: every address of the host.
    public static let any = IPv4Address(rawValue: 0)

    /// Four decimal numbers without leading zeros, as in RFC 6943, section 3.1.1, "strict"; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        rawValue = 0
        for part in parts {
            guard let value = decimal(part, maximum: 255) else { return nil }
            rawValue = rawValue << 8 | value
        }
    }

    public var isLoopback: Bool { rawValue >> 24 == 127 }
    /// 224.0.0.0/4 and 240.0.0.0/4: groups, reserved addresses and the broadcast address.
    public var isMulticastOrReserved: Bool { rawValue >> 29 == 7 }

    public var description: String {
        "\(rawValue >> 24).\(rawValue >> 16 & 255).\(rawValue >> 8 & 255).\(rawValue & 255)"
    }

    public static func < (left: IPv4Address, right: IPv4Address) -> Bool { left.rawValue < right.rawValue }

    public func advanced(by distance: UInt32) -> IPv4Address { IPv4Address(rawValue: rawValue &+ distance) }
}

/// A block of IPv4 addresses in CIDR notation (RFC 4632); `base` has no bit set beyond the prefix.
public struct IPv4Subnet: Hashable, Sendable, CustomStringConvertible {
    public let base: IPv4Address
    /// 0 to 32.
    public let prefix: UInt8

    /// The block of this prefix length that holds `address`.
    public init(_ address: IPv4Address, prefix: UInt8) {
        self.prefix = min(prefix, 32)
        base = IPv4Address(rawValue: address.rawValue & Self.mask(self.prefix))
    }

    /// `172.17.0.0/16`; nil when it does not parse or has bits set beyond the prefix.
    public init?(_ text: some StringProtocol) {
        guard let interface = IPv4Interface(text), interface.subnet.base == interface.address else { return nil }
        self = interface.subnet
    }

    private static func mask(_ prefix: UInt8) -> UInt32 { prefix == 0 ? 0 : ~0 << (32 - UInt32(prefix)) }

    /// The last address of the block: the broadcast address of blocks up to /30.
    public var last: IPv4Address { IPv4Address(rawValue: base.rawValue | ~Self.mask(prefix)) }
    /// How many addresses the block has.
    public var size: UInt64 { 1 << (32 - UInt64(prefix)) }

    public func contains(_ address: IPv4Address) -> Bool { base <= address && address <= last }
    public func contains(_ other: IPv4Subnet) -> Bool { contains(other.base) && contains(other.last) }
    public func overlaps(_ other: IPv4Subnet) -> Bool { base <= other.last && other.base <= last }

    public var description: String { "\(base)/\(prefix)" }
}

/// An address with the prefix length of its subnet, as on an interface: `172.17.0.2/16`.
public struct IPv4Interface: Hashable, Sendable, CustomStringConvertible {
    public var address: IPv4Address
    public var prefix: UInt8

    public init(_ address: IPv4Address, prefix: UInt8) {
        self.address = address
        self.prefix = min(prefix, 32)
    }

    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(parts[0]), let prefix = decimal(parts[1].utf8, maximum: 32)
        else { return nil }
        self.init(address, prefix: UInt8(prefix))
    }

    public var subnet: IPv4Subnet { IPv4Subnet(address, prefix: prefix) }
    public var description: String { "\(address)/\(prefix)" }
}

/// A decimal number without sign or leading zeros.
private func decimal(_ digits: some Collection<UInt8>, maximum: UInt32) -> UInt32? {
    guard (1...3).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
    var value: UInt32 = 0
    for digit in digits {
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
        value = value * 10 + UInt32(digit - UInt8(ascii: "0"))
    }
    return value <= maximum ? value : nil
}

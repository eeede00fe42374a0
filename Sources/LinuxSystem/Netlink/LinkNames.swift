/// A network interface's name: 1 to 15 of `A–Z a–z 0–9 _ . -`, not `.` or `..`.
///
/// The kernel allows more (dev_valid_name in net/core/dev.c); what it allows beyond is hard to quote and of no use.
public struct InterfaceName: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init?(rawValue: String) {
        guard (1...15).contains(rawValue.utf8.count), rawValue != ".", rawValue != "..",
            rawValue.utf8.allSatisfy(Self.isAllowed)
        else { return nil }
        self.rawValue = rawValue
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    public var description: String { rawValue }
}

/// A 48-bit Ethernet address.
public struct MACAddress: Hashable, Sendable, CustomStringConvertible {
    public let bytes: [UInt8]

    /// - Parameter bytes: six of them.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        self.bytes = Array(bytes)
    }

    /// `02:42:ac:11:00:02`, with `:` or `-` between pairs of hexadecimal digits.
    public init?(_ text: String) {
        let parts = text.split(maxSplits: 6, omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        guard parts.count == 6, parts.allSatisfy({ $0.utf8.count == 2 && $0.allSatisfy(\.isHexDigit) }) else {
            return nil
        }
        self.init(bytes: parts.compactMap { UInt8($0, radix: 16) })
    }

    /// A locally administered address made of an IPv4 address, so that a neighbour's cache stays right when the
    /// address is given to another endpoint.
    public init(derivedFrom address: IPv4Address) {
        bytes = [0x02, 0x42] + (0..<4).map { UInt8(truncatingIfNeeded: address.rawValue >> (24 - 8 * UInt32($0))) }
    }

    /// Whether one interface can have it: no group address, not zero.
    public var isUnicast: Bool { bytes[0] & 1 == 0 && bytes.contains { $0 != 0 } }

    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}

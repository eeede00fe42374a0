import BerthAPI
import LinuxSystem

/// A request for a network, checked: what was asked for, typed.
struct NetworkSettings: Sendable {
    static let bridgeOption = "com.docker.network.bridge.name"
    static let mtuOption = "com.docker.network.driver.mtu"
    private static let knownOptions: Set = [bridgeOption, mtuOption]
    private static let largestSubnet: UInt8 = 8
    private static let smallestSubnet: UInt8 = 30

    let id: String
    let name: String
    let subnet: IPv4Subnet?
    let gateway: IPv4Address?
    let range: IPv4Subnet?
    let isInternal: Bool
    let bridge: InterfaceName?
    let mtu: UInt32?
    let options: [String: String]

    init(_ request: NetworkDriverCreate) throws(BerthError) {
        try Self.check(id: request.id)
        id = request.id
        name = String(decoding: request.networkName.utf8.prefix(255), as: UTF8.self)
        isInternal = request.isInternal
        options = request.options
        if let unknown = options.keys.sorted().first(where: { !Self.knownOptions.contains($0) }) {
            throw BerthError(
                .invalidArgument, "the bridge driver has no option \(quoted(unknown))",
                hint: "it has \(Self.knownOptions.sorted().joined(separator: " and "))")
        }
        subnet = try Self.subnet(request.subnet, "subnet")
        range = try Self.subnet(request.ipRange, "IP range")
        gateway = try request.gateway.map { (text) throws(BerthError) in try parsedAddress(text, "gateway") }
        bridge = try options[Self.bridgeOption].map { (text) throws(BerthError) in try parsedName(text) }
        mtu = try options[Self.mtuOption].map(Self.mtu)
        try checkAddresses()
    }

    /// Ids become file names.
    static func check(id: String) throws(BerthError) {
        let isPlain = id.utf8.allSatisfy { InterfaceName(rawValue: String(UnicodeScalar($0))) != nil || $0 == 0x2e }
        guard (1...128).contains(id.utf8.count), isPlain, !id.hasPrefix(".") else {
            throw BerthError(.invalidArgument, "\(quoted(id)) is no network id: it takes 1 to 128 of A–Z a–z 0–9 _ . -")
        }
    }

    private static func subnet(_ text: String?, _ what: String) throws(BerthError) -> IPv4Subnet? {
        guard let text else { return nil }
        if text.contains(":") { throw BerthError(.unimplemented, "IPv6 subnets are not supported: \(quoted(text))") }
        guard let interface = IPv4Interface(text) else {
            throw BerthError(.invalidArgument, "\(what) \(quoted(text)) is not of the form 172.20.0.0/16")
        }
        guard interface.subnet.base == interface.address else {
            throw BerthError(
                .invalidArgument, "\(what) \(text) has bits set beyond its prefix",
                hint: "did you mean \(interface.subnet)?")
        }
        return interface.subnet
    }

    private static func mtu(_ text: String) throws(BerthError) -> UInt32 {
        guard let mtu = UInt32(text), (68...65535).contains(mtu) else {
            throw BerthError(.invalidArgument, "MTU \(quoted(text)) is not a number from 68 to 65535")
        }
        return mtu
    }

    private func checkAddresses() throws(BerthError) {
        guard let subnet else {
            guard gateway == nil, range == nil else {
                throw BerthError(.invalidArgument, "a gateway or an IP range needs a subnet")
            }
            return
        }
        guard (Self.largestSubnet...Self.smallestSubnet).contains(subnet.prefix) else {
            throw BerthError(
                .invalidArgument,
                "subnet \(subnet) must have a prefix of /\(Self.largestSubnet) to /\(Self.smallestSubnet)")
        }
        let isReserved = subnet.base.isMulticastOrReserved || subnet.overlaps(IPv4Subnet(.any, prefix: 8))
        guard !isReserved, !subnet.overlaps(IPv4Subnet("127.0.0.0/8")!) else {
            throw BerthError(.invalidArgument, "subnet \(subnet) is not made of addresses that hosts can have")
        }
        if let range, !subnet.contains(range) {
            throw BerthError(.invalidArgument, "IP range \(range) is not within subnet \(subnet)")
        }
        if let gateway, !subnet.contains(gateway) || gateway == subnet.base || gateway == subnet.last {
            throw BerthError(.invalidArgument, "gateway \(gateway) is not an address of a host in subnet \(subnet)")
        }
    }

    /// Whether a network that was made has what this request asks for.
    func conflict(with record: NetworkRecord) -> String? {
        if let subnet, "\(subnet)" != record.subnet { return "subnet \(record.subnet)" }
        if let gateway, "\(gateway)" != record.gateway { return "gateway \(record.gateway)" }
        if let range, "\(range)" != record.ipRange { return "IP range \(record.ipRange ?? "unset")" }
        if let bridge, "\(bridge)" != record.bridge { return "bridge \(record.bridge)" }
        if let mtu, mtu != record.mtu { return "MTU \(record.mtu.map { "\($0)" } ?? "unset")" }
        if isInternal != record.isInternal { return record.isInternal ? "no way out" : "a way out" }
        return nil
    }
}

func parsedAddress(_ text: String, _ what: String) throws(BerthError) -> IPv4Address {
    if text.contains(":") { throw BerthError(.unimplemented, "IPv6 addresses are not supported: \(quoted(text))") }
    guard let address = IPv4Address(text) else {
        throw BerthError(.invalidArgument, "\(what) \(quoted(text)) is not an IPv4 address")
    }
    return address
}

func parsedName(_ text: String) throws(BerthError) -> InterfaceName {
    guard let name = InterfaceName(rawValue: text) else {
        throw BerthError(
            .invalidArgument, "\(quoted(text)) is no interface name: it takes 1 to 15 of A–Z a–z 0–9 _ . -")
    }
    return name
}

/// A text from outside in a sentence: cut, control characters replaced.
func quoted(_ text: String) -> String {
    let cut = text.unicodeScalars.prefix(64).map { $0.value < 32 || $0.value == 127 ? "\u{fffd}" : Character($0) }
    return "\"" + String(cut) + (text.unicodeScalars.count > 64 ? "…" : "") + "\""
}

import BerthAPI
import LinuxSystem

/// The addresses of one network. They are handed out in turn, so that one that was given back rests as long as the
/// pool allows.
struct AddressPool: Sendable {
    let subnet: IPv4Subnet
    /// Where addresses that nobody asked for come from.
    let range: IPv4Subnet
    let gateway: IPv4Address
    /// The address that was given last.
    private(set) var cursor: IPv4Address
    private var used: Set<IPv4Address> = []

    init(subnet: IPv4Subnet, range: IPv4Subnet?, gateway: IPv4Address) {
        self.subnet = subnet
        self.range = range ?? subnet
        self.gateway = gateway
        cursor = self.range.last
    }

    /// Goes on after `address`, if that is one of the range.
    mutating func resume(after address: IPv4Address) {
        if range.contains(address) { cursor = address }
    }

    /// Whether an endpoint can have the address: not the subnet's own, not its broadcast address, not the gateway.
    func isUsable(_ address: IPv4Address) -> Bool {
        guard subnet.contains(address), address != gateway else { return false }
        return subnet.prefix >= 31 || (address != subnet.base && address != subnet.last)
    }

    /// Takes an address that is known to be an endpoint's.
    mutating func restore(_ address: IPv4Address) { used.insert(address) }

    mutating func release(_ address: IPv4Address) { used.remove(address) }

    /// Takes the address that was asked for.
    mutating func take(_ address: IPv4Address) throws(BerthError) {
        guard isUsable(address) else {
            throw BerthError(.invalidArgument, "address \(address) cannot be given to an endpoint of subnet \(subnet)")
        }
        guard used.insert(address).inserted else {
            throw BerthError(.conflict, "address \(address) is already in use on this network")
        }
    }

    /// Takes the next free address of the range.
    mutating func takeNext() throws(BerthError) -> IPv4Address {
        var candidate = cursor
        // Every address that is passed over is used, or one of the three that nobody can have.
        for _ in 0..<min(UInt64(used.count) + 4, range.size) {
            candidate = candidate == range.last ? range.base : candidate.advanced(by: 1)
            guard isUsable(candidate), used.insert(candidate).inserted else { continue }
            cursor = candidate
            return candidate
        }
        throw BerthError(
            .resourceExhausted, "no free address is left in \(range) (\(used.count) in use)",
            hint: "remove containers from the network, or make one with a larger subnet")
    }
}

import BerthAPI
import LinuxSystem

/// Where subnets come from that nobody asked for: blocks that are cut into subnets of one size.
struct SubnetPool: Hashable, Sendable {
    var block: IPv4Subnet
    /// Prefix length of the subnets.
    var size: UInt8

    /// docker's: 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/20 to 192.168.240.0/20.
    static let defaults: [SubnetPool] =
        (17...31).map { SubnetPool(block: IPv4Subnet("172.\($0).0.0/16")!, size: 16) }
        + [SubnetPool(block: IPv4Subnet("192.168.0.0/16")!, size: 20)]

    /// How many subnets of one block are looked at.
    private static let maximum: UInt64 = 65536

    /// The first subnet of the block that overlaps nothing in `taken`.
    func firstFree(_ taken: [IPv4Subnet]) -> IPv4Subnet? {
        let count = min(Self.maximum, UInt64(1) << UInt64(size - block.prefix))
        let relevant = taken.filter { $0.overlaps(block) }
        for index in 0..<count {
            let base = block.base.advanced(by: UInt32(truncatingIfNeeded: index << (32 - UInt64(size))))
            let candidate = IPv4Subnet(base, prefix: size)
            if !relevant.contains(where: { $0.overlaps(candidate) }) { return candidate }
        }
        return nil
    }
}

/// Something that a new subnet must not overlap.
struct TakenSubnet: Sendable {
    var subnet: IPv4Subnet
    /// "network web", "the route of interface eth0".
    var owner: String
}

/// Routes that cover a half or all of the address space say "everything else", not "these addresses are there".
func isSpecific(_ route: Route) -> Bool { route.destination.prefix > 1 }

func chooseSubnet(_ pools: [SubnetPool], taken: [TakenSubnet]) throws(BerthError) -> IPv4Subnet {
    let subnets = taken.map(\.subnet)
    for pool in pools {
        if let free = pool.firstFree(subnets) { return free }
    }
    throw BerthError(
        .resourceExhausted, "no subnet is left in the address pools that overlaps nothing of the host",
        hint: "name one with --subnet, or extend addressPools in the plugin's configuration")
}

func checkFree(_ subnet: IPv4Subnet, taken: [TakenSubnet]) throws(BerthError) {
    guard let other = taken.first(where: { $0.subnet.overlaps(subnet) }) else { return }
    throw BerthError(.conflict, "subnet \(subnet) overlaps \(other.subnet) of \(other.owner)")
}

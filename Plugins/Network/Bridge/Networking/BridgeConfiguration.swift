import BerthAPI
import JSON
import LinuxSystem

/// The plugin's configuration, as its manifest's schema describes it.
struct BridgeConfiguration: Sendable {
    struct Wire: Codable {
        struct Pool: Codable {
            var base: String
            var size: Int
        }
        var addressPools: [Pool]?
        var mtu: UInt32?
        var table: String?
    }

    var pools: [SubnetPool]
    /// Of networks that name none; the kernel's 1500 unless set.
    var mtu: UInt32?
    /// The name of the nftables table.
    var table: String

    init(_ json: JSON, stateDirectory: String) throws {
        let wire = json.isNull ? Wire() : try json.decode(Wire.self)
        pools = try wire.addressPools.map { try $0.map(Self.pool) } ?? SubnetPool.defaults
        mtu = wire.mtu
        table = wire.table ?? Self.defaultTable(stateDirectory)
        guard (1...64).contains(table.utf8.count), table.first!.isLetter,
            table.utf8.allSatisfy({ InterfaceName(rawValue: String(UnicodeScalar($0))) != nil && $0 != 0x2e })
        else { throw BerthError(.invalidArgument, "table \(quoted(table)) is no name: use A–Z a–z 0–9 _ -") }
    }

    private static func pool(_ wire: Wire.Pool) throws -> SubnetPool {
        guard let block = IPv4Subnet(wire.base), block.prefix >= 8, wire.size >= Int(block.prefix), wire.size <= 30
        else {
            throw BerthError(
                .invalidArgument, "address pool \(quoted(wire.base)) of size \(wire.size) makes no subnets")
        }
        return SubnetPool(block: block, size: UInt8(wire.size))
    }

    /// One table for each installation, so that a second daemon with a root of its own leaves the first one's rules
    /// alone: `berth`, or for another root than the usual one `berth_` and a digest of the path (FNV-1a).
    private static func defaultTable(_ stateDirectory: String) -> String {
        if stateDirectory.hasPrefix("/var/lib/berth/") { return "berth" }
        let basis: UInt64 = 0xcbf2_9ce4_8422_2325
        let digest = stateDirectory.utf8.reduce(basis) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "berth_" + String(digest, radix: 16)
    }
}

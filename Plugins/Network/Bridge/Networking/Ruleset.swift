import LinuxSystem

/// All rules, as one table of nftables that is replaced as a whole: nothing outside it is touched, and a packet never
/// meets half of it.
struct Ruleset: Sendable {
    struct Bridge: Hashable, Sendable {
        var name: InterfaceName
        var subnet: IPv4Subnet
        var isInternal: Bool
    }

    let table: String
    var bridges: [Bridge]
    var ports: [PublishedPort]

    /// The transaction that puts it in place of what is there.
    var replacement: String {
        """
        add table ip \(table)
        delete table ip \(table)
        table ip \(table) {
        \(sets)
        \(maps)
        \(chains)
        }
        """
    }

    static func removal(of table: String) -> String {
        """
        add table ip \(table)
        delete table ip \(table)
        """
    }

    private var sets: String {
        let names = bridges.map { "\"\($0.name)\"" }
        let neighbours = bridges.map { "\"\($0.name)\" . \($0.subnet)" }
        let inner = bridges.filter(\.isInternal).map { "\"\($0.name)\"" }
        return """
            set bridges { type ifname; \(elements(names)) }
            set internal { type ifname; \(elements(inner)) }
            set within { type ifname . ifname; \(elements(names.map { "\($0) . \($0)" })) }
            set neighbours { type ifname . ipv4_addr; flags interval; \(elements(neighbours)) }
            """
    }

    private func elements(_ list: [String]) -> String {
        list.isEmpty ? "" : "elements = { \(list.joined(separator: ", ")) };"
    }

    /// One element for each published port: how many there are does not matter to a packet.
    private var maps: String {
        let filled = Dictionary(grouping: ports, by: \.map)
        return PortProtocol.allCases.map { transport in
            let (any, at) = ("\(transport.rawValue)_any", "\(transport.rawValue)_at")
            let anyPorts = (filled[any] ?? []).map { "\($0.hostPort) : \($0.target) . \($0.targetPort)" }
            let atPorts = (filled[at] ?? []).map {
                "\($0.hostAddress) . \($0.hostPort) : \($0.target) . \($0.targetPort)"
            }
            return """
                map \(any) { type inet_service : ipv4_addr . inet_service; \(elements(anyPorts)) }
                map \(at) { type ipv4_addr . inet_service : ipv4_addr . inet_service; \(elements(atPorts)) }
                """
        }.joined(separator: "\n")
    }

    private var chains: String {
        """
        # route_localnet lets the host's processes reach ports that are published on 127.0.0.1. It must not let a
        # container reach the host's loopback, nor speak with a loopback address.
        chain guard {
            type filter hook prerouting priority raw; policy accept;
            iifname @bridges ip daddr 127.0.0.0/8 drop
            iifname @bridges ip saddr 127.0.0.0/8 drop
        }
        chain publish {
            dnat ip to ip daddr . tcp dport map @tcp_at
            dnat ip to tcp dport map @tcp_any
            dnat ip to ip daddr . udp dport map @udp_at
            dnat ip to udp dport map @udp_any
        }
        # A packet from another host to 127.0.0.1 is left alone here, and the kernel drops it: a port that is
        # published on 127.0.0.1 is the host's alone.
        chain arriving {
            type nat hook prerouting priority dstnat; policy accept;
            ip daddr 127.0.0.0/8 return
            fib daddr type local jump publish
        }
        chain local {
            type nat hook output priority -100; policy accept;
            fib daddr type local jump publish
        }
        # Answers must come back through the host where the far end would send them elsewhere: to its own loopback,
        # or straight to a neighbour on the same bridge. Which is told by its address: with br_netfilter, a frame
        # has no incoming interface here.
        chain leaving {
            type nat hook postrouting priority srcnat; policy accept;
            ip saddr 127.0.0.0/8 oifname @bridges masquerade
            ct status dnat oifname . ip saddr @neighbours masquerade
            iifname @bridges iifname . oifname != @within masquerade
        }
        chain passing {
            type filter hook forward priority filter; policy accept;
            iifname != @bridges oifname != @bridges accept
            iifname . oifname @within accept
            iifname @internal drop
            oifname @internal drop
            ct state established,related accept
            ct status dnat accept
            oifname @bridges drop
        }
        """
    }
}

extension PublishedPort {
    /// The map's key, as JSON.
    private var key: String {
        hostAddress == .any ? "\(hostPort)" : #"{"concat":["\#(hostAddress)",\#(hostPort)]}"#
    }

    /// Its element, as JSON.
    private var element: String { #"[\#(key),{"concat":["\#(target)",\#(targetPort)]}]"# }

    /// The transaction that adds or removes elements. Written by hand, since 10,000 at once are to be quick; all that
    /// it holds is numbers, addresses and the table's checked name.
    static func transaction(_ verb: String, _ ports: some Sequence<PublishedPort>, table: String) -> [UInt8] {
        let commands = Dictionary(grouping: ports, by: \.map).sorted { $0.key < $1.key }.map { map, ports in
            let elements = ports.map(\.element).joined(separator: ",")
            let place = #""family":"ip","table":"\#(table)","name":"\#(map)""#
            return #"{"\#(verb)":{"element":{\#(place),"elem":[\#(elements)]}}}"#
        }
        return Array(#"{"nftables":[\#(commands.joined(separator: ","))]}"#.utf8)
    }
}

import BerthAPI
import LinuxSystem
import Testing

@Suite(.serialized) struct BadInputTests {
    @Test func refusesBadNetworks() throws {
        try PluginHost.with { plugin in
            let before = try plugin.snapshot()
            for id in ["", "../x", ".x", "a/b", "a b", "a\u{0}b", "ä", String(repeating: "a", count: 129)] {
                #expect(kind { try plugin.create(id) } == .invalidArgument, "\(id)")
            }
            let subnets = [
                "172.20.0.1/16", "172.20.0.0", "172.20.0.0/33", "172.20.0.0/31", "10.0.0.0/7", "127.0.0.0/8",
                "224.0.0.0/8", "0.0.0.0/8", "x", "", "1.2.3.4/-1", "172.20.0.0/16/1",
            ]
            for subnet in subnets {
                #expect(kind { try plugin.create("n", subnet: subnet) } == .invalidArgument, "\(subnet)")
            }
            #expect(kind { try plugin.create("n", subnet: "fd00::/64") } == .unimplemented)
            for mtu in ["0", "67", "65536", "-1", "1e3", "99999999999999999999", ""] {
                let options = ["com.docker.network.driver.mtu": mtu]
                #expect(kind { try plugin.create("n", options: options) } == .invalidArgument, "\(mtu)")
            }
            for name in ["", ".", "..", "a/b", "a b", "sixteencharacter", "br\"; drop"] {
                let options = ["com.docker.network.bridge.name": name]
                #expect(kind { try plugin.create("n", options: options) } == .invalidArgument, "\(name)")
            }
            #expect(kind { try plugin.create("n", options: ["x": "y"]) } == .invalidArgument)
            #expect(kind { try plugin.create("n", options: ["com.docker.network.bridge.name": "lo"]) } == .conflict)
            #expect(try plugin.snapshot() == before)
        }
    }

    @Test func refusesOverlaps() throws {
        try PluginHost.with { plugin in
            try plugin.host.run(
                "ip link add up0 type veth peer name up1; ip addr add 10.1.2.3/24 dev up0; ip link set up0 up")
            #expect(kind { try plugin.create("n", subnet: "10.0.0.0/8") } == .conflict)
            try plugin.create("n", subnet: "172.30.0.0/16")
            #expect(kind { try plugin.create("m", subnet: "172.30.4.0/24") } == .conflict)
            #expect(kind { try plugin.create("n", subnet: "172.29.0.0/16") } == .conflict)
            try plugin.create("n", subnet: "172.30.0.0/16")
        }
    }

    @Test func refusesBadEndpoints() throws {
        try PluginHost.with { plugin in
            try plugin.create("web")
            let sandbox = try Sandbox()
            #expect(kind { try plugin.attach("a", "none", sandbox) } == .notFound)
            #expect(kind { try plugin.attach("a\n", "web", sandbox) } == .invalidArgument)
            #expect(kind { try plugin.attach("", "web", sandbox) } == .invalidArgument)
            #expect(kind { try plugin.attach("a", "web", plugin.host) } == .invalidArgument)
            #expect(kind { try plugin.attach("a", "web", sandbox, interface: "lo") } == .invalidArgument)
            #expect(kind { try plugin.attach("a", "web", sandbox, interface: "eth0/..") } == .invalidArgument)
            for address in ["172.17.0.1", "172.17.255.255", "10.0.0.1", "x"] {
                #expect(kind { try plugin.attach("a", "web", sandbox, address: address) } == .invalidArgument)
            }
            let ports = [
                PortRequest(hostPort: 65536, containerPort: 80), PortRequest(hostPort: -1, containerPort: 80),
                PortRequest(hostPort: 80, containerPort: 0),
                PortRequest(hostPort: 80, containerPort: 80, proto: "icmp"),
                PortRequest(hostAddress: "203.0.113.9", hostPort: 80, containerPort: 80),
                PortRequest(hostAddress: "256.0.0.1", hostPort: 80, containerPort: 80),
            ]
            for port in ports {
                #expect(kind { try plugin.attach("a", "web", sandbox, ports: [port]) } == .invalidArgument, "\(port)")
            }
            let sctp = PortRequest(hostPort: 80, containerPort: 80, proto: "sctp")
            #expect(kind { try plugin.attach("a", "web", sandbox, ports: [sctp]) } == .unimplemented)
            try plugin.attach("a", "web", sandbox)
            #expect(kind { try plugin.attach("b", "web", sandbox) } == .conflict)
            #expect(kind { try plugin.attach("a", "web", sandbox, interface: "eth1") } == .conflict)
            let state = try plugin.call(NetworkDriverInspect(id: "web"))
            #expect(state.endpoints == ["a"])
        }
    }

    @Test func publishesTenThousandPorts() throws {
        try PluginHost.with { plugin in
            try plugin.create("web")
            let sandbox = try Sandbox()
            let ports = (0..<10_000).map { PortRequest(hostPort: 20_000 + $0, containerPort: 1 + $0) }
            #expect(try plugin.attach("a", "web", sandbox, ports: ports).ports.count == 10_000)
            try plugin.detach("a")
            #expect(try !plugin.host.run("nft list ruleset").contains("20000"))
        }
    }

    @Test func noneTakesLoopbackUpOnly() throws {
        try PluginHost.with("berth-none") { plugin in
            let sandbox = try Sandbox()
            #expect(try plugin.attach("a", "none", sandbox) == NetworkAttach.Result())
            let links = try sandbox.run("ip -o link")
            #expect(links.contains("LOOPBACK,UP") && links.split(separator: "\n").count == 1)
            let port = PortRequest(hostPort: 80, containerPort: 80)
            #expect(kind { try plugin.attach("a", "none", sandbox, ports: [port]) } == .failedPrecondition)
            try plugin.detach("a")
        }
    }

    @Test func hostAttachesNothing() throws {
        try PluginHost.with("berth-host") { plugin in
            let endpoint = NetworkEndpoint(endpoint: "a", network: "host", interface: "eth0")
            let before = try plugin.snapshot()
            let answer = try plugin.call(NetworkAttach(endpoint: endpoint, sandbox: nil))
            #expect(answer == NetworkAttach.Result())
            #expect(try plugin.snapshot() == before)
        }
    }
}

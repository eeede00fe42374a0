import BerthAPI
import LinuxSystem
import Testing

/// The real executable in a namespace that stands for the host: whatever happens there, the machine's own links,
/// routes and tables are not touched.
@Suite(.serialized) struct BridgeTests {
    @Test func connectsSandboxesAndLeavesNothing() throws {
        try PluginHost.with { plugin in
            let before = try plugin.snapshot()
            let made = try plugin.create("web")
            #expect(made.subnet == "172.17.0.0/16")
            let (first, second) = (try Sandbox(), try Sandbox())
            let attached = try plugin.attach("a", "web", first)
            #expect(attached.address == "172.17.0.2/16")
            #expect(attached.gateway == "172.17.0.1")
            #expect(attached.macAddress == "02:42:ac:11:00:02")
            #expect(try plugin.attach("a", "web", first) == attached)
            try plugin.attach("b", "web", second)
            #expect(try first.run("ip route").contains("default via 172.17.0.1 dev eth0"))

            let server = try first.serve("TCP-LISTEN:80", greeting: "hello")
            defer { terminate(server) }
            #expect(try second.ask("TCP:172.17.0.2:80") == "hello 172.17.0.3\n")

            try plugin.detach("a")
            #expect(try !first.run("ip -o link").contains("eth0"))
            #expect(kind { try plugin.call(NetworkDriverDelete(id: "web")) } == .failedPrecondition)
            try plugin.detach("b")
            try plugin.detach("b")
            try plugin.call(NetworkDriverDelete(id: "web"))
            try plugin.call(NetworkDriverDelete(id: "web"))
            #expect(try plugin.snapshot() == before)
        }
    }

    /// Regression test: the kernel has no table of routes there, and says so as an error.
    @Test func aHostWhoseLoopbackWasNeverUp() throws {
        try PluginHost.with(loopback: false) { plugin in
            try plugin.create("web")
            let sandbox = try Sandbox()
            #expect(try plugin.attach("a", "web", sandbox).address == "172.17.0.2/16")
            try plugin.detach("a")
            try plugin.call(NetworkDriverDelete(id: "web"))
        }
    }

    @Test func publishesPortsWhereItSays() throws {
        try PluginHost.with { plugin in
            let outside = try Sandbox()
            try connect(plugin.host, outside)
            try plugin.create("web")
            let sandbox = try Sandbox()
            let ports = [
                PortRequest(hostPort: 8080, containerPort: 80),
                PortRequest(hostAddress: "127.0.0.1", hostPort: 9000, containerPort: 80),
                PortRequest(hostAddress: "192.0.2.2", hostPort: 5353, containerPort: 53, proto: "udp"),
                PortRequest(containerPort: 81),
            ]
            let bindings = try plugin.attach("a", "web", sandbox, ports: ports).ports
            #expect(bindings.count == 4)
            #expect(bindings.contains { $0.containerPort == 81 && $0.hostPort >= 1024 })
            let servers = [
                try sandbox.serve("TCP-LISTEN:80", greeting: "web"),
                try sandbox.serve("UDP-LISTEN:53", greeting: "names"),
            ]
            defer { servers.forEach { terminate($0) } }

            #expect(try plugin.host.ask("TCP:127.0.0.1:8080").hasPrefix("web"))
            #expect(try plugin.host.ask("TCP:127.0.0.1:9000").hasPrefix("web"))
            #expect(try plugin.host.ask("TCP:192.0.2.2:8080").hasPrefix("web"))
            #expect(try plugin.host.ask("UDP:192.0.2.2:5353").hasPrefix("names"))
            #expect(try outside.ask("TCP:192.0.2.2:8080,connect-timeout=2") == "web 192.0.2.1\n")
            #expect(try outside.ask("UDP:192.0.2.2:5353").hasPrefix("names"))
            // Through the host to itself, and not to the host's loopback.
            #expect(try sandbox.ask("TCP:192.0.2.2:8080,connect-timeout=2").hasPrefix("web"))
            #expect(try sandbox.ask("TCP:127.0.0.1:8080,connect-timeout=1") == "")
        }
    }

    /// What is published on 127.0.0.1, and what is not published at all, is not for another host.
    @Test func keepsOtherHostsOut() throws {
        try PluginHost.with { plugin in
            let outside = try Sandbox()
            try connect(plugin.host, outside)
            try plugin.create("web")
            let sandbox = try Sandbox()
            let port = PortRequest(hostAddress: "127.0.0.1", hostPort: 9000, containerPort: 80)
            try plugin.attach("a", "web", sandbox, ports: [port])
            let server = try sandbox.serve("TCP-LISTEN:80", greeting: "web")
            defer { terminate(server) }
            #expect(try plugin.host.ask("TCP:127.0.0.1:9000").hasPrefix("web"))

            try outside.run(
                """
                echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet
                ip route add 172.17.0.0/16 via 192.0.2.2
                ip route del local 127.0.0.0/8 dev lo table local; ip route del local 127.0.0.1 dev lo table local
                ip route add 127.0.0.1 via 192.0.2.2
                """)
            #expect(try outside.ask("TCP:192.0.2.2:9000,connect-timeout=1") == "")
            #expect(try outside.ask("TCP:172.17.0.2:80,connect-timeout=1") == "")
            #expect(try outside.ask("TCP:127.0.0.1:9000,connect-timeout=1") == "")
        }
    }

    @Test func isolatesNetworks() throws {
        try PluginHost.with { plugin in
            let outside = try Sandbox()
            try connect(plugin.host, outside)
            try plugin.create("one")
            try plugin.create("two")
            try plugin.create("inner", isInternal: true)
            let (one, two, inner) = (try Sandbox(), try Sandbox(), try Sandbox())
            let address = try plugin.attach("1", "one", one).address!.split(separator: "/")[0]
            try plugin.attach("2", "two", two)
            let answer = try plugin.attach("3", "inner", inner)
            #expect(answer.gateway == nil)
            #expect(answer.dns.servers == ["127.0.0.1"])
            let servers = [
                try one.serve("TCP-LISTEN:80", greeting: "one"),
                try outside.serve("TCP-LISTEN:80", greeting: "outside"),
            ]
            defer { servers.forEach { terminate($0) } }

            #expect(try two.ask("TCP:\(address):80,connect-timeout=1") == "")
            // Out, and as the host.
            #expect(try two.ask("TCP:192.0.2.1:80,connect-timeout=2") == "outside 192.0.2.2\n")
            try inner.run("ip route add default dev eth0")
            #expect(try inner.ask("TCP:192.0.2.1:80,connect-timeout=1") == "")
            #expect(try inner.ask("TCP:\(address):80,connect-timeout=1") == "")
            let port = PortRequest(hostPort: 8080, containerPort: 80)
            #expect(
                kind { try plugin.attach("4", "inner", inner, ports: [port], interface: "eth1") } == .failedPrecondition
            )
        }
    }

    @Test func reservesPorts() throws {
        try PluginHost.with { plugin in
            try plugin.create("web")
            let sandbox = try Sandbox()
            let port = PortRequest(hostPort: 8080, containerPort: 80)
            let listener = try plugin.host.serve("TCP-LISTEN:8080", greeting: "host")
            #expect(kind { try plugin.attach("a", "web", sandbox, ports: [port]) } == .conflict)
            terminate(listener)
            try plugin.attach("a", "web", sandbox, ports: [port])
            #expect(try plugin.host.run("socat TCP-LISTEN:8080,reuseaddr -").contains("in use"))
            #expect(kind { try plugin.attach("b", "web", try Sandbox(), ports: [port]) } == .conflict)
            var range = PortRequest(hostPort: 8080, containerPort: 81)
            range.hostPortEnd = 8082
            let published = try plugin.call(NetworkPublish(endpoint: "a", ports: [range])).ports
            #expect(published.map(\.hostPort) == [8081])
            #expect(try plugin.call(NetworkPublish(endpoint: "a", ports: [range])).ports == published)
            try plugin.call(NetworkUnpublish(endpoint: "a", ports: published))
            try plugin.call(NetworkUnpublish(endpoint: "a", ports: published))
            #expect(try !plugin.host.run("nft list ruleset").contains("8081"))
            try plugin.detach("a")
            #expect(try !plugin.host.run("ss -ltn").contains("8080"))
        }
    }

    /// A flow that the kernel tracked before the port was published must not go on past the rules.
    @Test func forgetsFlowsThatCameBefore() throws {
        try PluginHost.with { plugin in
            let outside = try Sandbox()
            try connect(plugin.host, outside)
            try plugin.create("web")
            let sandbox = try Sandbox()
            try plugin.attach("a", "web", sandbox)
            let server = try sandbox.serve("UDP-LISTEN:53", greeting: "names")
            defer { terminate(server) }
            let client = "UDP:192.0.2.2:5353,bind=192.0.2.1:40000"
            let port = PortRequest(hostPort: 5353, containerPort: 53, proto: "udp")
            #expect(try outside.ask(client) == "")
            let published = try plugin.call(NetworkPublish(endpoint: "a", ports: [port])).ports
            #expect(try outside.ask(client).hasPrefix("names"))
            try plugin.call(NetworkUnpublish(endpoint: "a", ports: published))
            #expect(try outside.ask(client) == "")
        }
    }

    @Test func survivesBeingKilled() throws {
        try PluginHost.with { plugin in
            let before = try plugin.snapshot()
            try plugin.create("web")
            let (kept, dropped) = (try Sandbox(), try Sandbox())
            let ports = [PortRequest(hostPort: 8080, containerPort: 80)]
            let answer = try plugin.attach("kept", "web", kept, ports: ports)
            try plugin.attach("dropped", "web", dropped)
            let server = try kept.serve("TCP-LISTEN:80", greeting: "web")
            defer { terminate(server) }
            plugin.kill()
            #expect(try plugin.host.ask("TCP:127.0.0.1:8080").hasPrefix("web"))
            // Someone flushes every rule while nobody watches, and another removes the bridge (CVE-2025-54388).
            try plugin.host.run("nft flush ruleset")
            try plugin.start()
            #expect(try plugin.host.ask("TCP:127.0.0.1:8080").hasPrefix("web"))
            try plugin.host.run("nft flush ruleset; ip link del br-web")
            let wanted = NetworkDriverCreate(id: "web", networkName: "web", subnet: answer.subnet)
            let result = try plugin.call(NetworkReconcile(networks: [wanted], endpoints: ["kept", "unknown"]))
            #expect(result.removedEndpoints == ["dropped"])
            #expect(result.missingEndpoints == ["unknown"])
            #expect(try plugin.host.ask("TCP:127.0.0.1:8080").hasPrefix("web"))
            #expect(try plugin.attach("kept", "web", kept, ports: ports) == answer)
            #expect(try plugin.attach("new", "web", try Sandbox()).address == "172.17.0.4/16")

            let all = try plugin.call(NetworkReconcile(networks: [], endpoints: []))
            #expect(all.removedNetworks == ["web"])
            #expect(try plugin.snapshot() == before)
        }
    }

    /// A link whose sandbox has ended goes with it; one that something else holds is deleted.
    @Test(arguments: [nil, true]) func leavesEndedSandboxesToTheKernel(_ isSaid: Bool?) throws {
        try PluginHost.with { plugin in
            try plugin.create("web")
            let sandbox = try Sandbox()
            try plugin.attach("a", "web", sandbox)
            let holder = try sandbox.descriptor()
            // `ip monitor` says when the link is gone.
            let output = try Pipe().shared()
            let monitor = try plugin.host.start(["ip", "monitor", "link"], [1: output.write])
            defer { terminate(monitor) }
            sandbox.end()
            try plugin.detach("a", sandboxIsEnding: isSaid)
            // At once, where nobody said so and the kernel says that somebody holds the namespace, else by the reaper.
            if try plugin.host.run("ip -o link").contains("bv") {
                _ = try readLine(output.read) { text in
                    text.split(separator: "\n").contains { $0.hasPrefix("Deleted") && $0.contains("bv") }
                }
            }
            withExtendedLifetime(holder) {}
            #expect(try plugin.call(NetworkDriverInspect(id: "web")).endpoints.isEmpty)
        }
    }

    private func connect(_ host: Sandbox, _ outside: Sandbox) throws {
        try host.run(
            """
            ip link add up0 type veth peer name up0 netns \(outside.pid)
            ip addr add 192.0.2.2/24 dev up0; ip link set up0 up; ip route add default via 192.0.2.1
            """)
        try outside.run("ip link set lo up; ip addr add 192.0.2.1/24 dev up0; ip link set up0 up")
    }
}

extension NetworkAttach.Result {
    fileprivate var subnet: String { "\(IPv4Interface(address!)!.subnet)" }
}

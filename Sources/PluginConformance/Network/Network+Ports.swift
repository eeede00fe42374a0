import BerthAPI
import LinuxSystem

extension NetworkSubject {
    private static let port = PortRequest(hostAddress: "127.0.0.1", hostPort: 18080, containerPort: 80)

    static let ports: [Check<NetworkSubject>] = [
        Check("no ports", "a driver that does not publish ports refuses an endpoint that asks for some") { it in
            if it.publishes { throw Skip("the plugin names the capability publish") }
            try it.create(0)
            let sandbox = try NetworkSandbox()
            try requireError(.failedPrecondition, .unimplemented, .invalidArgument, in: "attach with a port") {
                try it.attach("a", 0, sandbox, ports: [port])
            }
            try require(try sandbox.links() == ["lo"], "the sandbox has \(try sandbox.links())")
        },
        Check("ports", "a published port of the host leads to the container's", capability: "publish") { it in
            try it.create(0)
            let sandbox = try NetworkSandbox()
            let (listener, inner) = try sandbox.perform { try TCPProbe.listen() }
            var request = port
            request.containerPort = Int(inner)
            let bindings = try it.attach("a", 0, sandbox, ports: [request]).ports
            try require(
                bindings.map(\.hostPort) == [18080] && bindings.map(\.containerPort) == [Int(inner)], "\(bindings)")
            try it.requireOpen(18080)
            try it.bench.restart()
            try it.requireOpen(18080)
            try it.detach("a")
            try it.requireClosed(18080)
            withExtendedLifetime(listener) {}
        },
        Check("ports are apart", "a port in use is a conflict; one that is not named is chosen", capability: "publish")
        {
            it in
            try it.create(0)
            let (first, second) = (try NetworkSandbox(), try NetworkSandbox())
            try it.attach("a", 0, first, ports: [port])
            try requireError(.conflict, in: "the same port for another") {
                try it.attach("b", 0, second, ports: [port])
            }
            try require(try second.links() == ["lo"], "a refused endpoint left \(try second.links())")
            let chosen = try it.attach("b", 0, second, ports: [PortRequest(containerPort: 80)]).ports
            try require(chosen.allSatisfy { $0.hostPort > 0 } && !chosen.isEmpty, "\(chosen)")
            try it.detach("a")
            try it.detach("b")
            try it.attach("a", 0, first, ports: [port])
        },
        Check("publish", "ports are published and taken back later, each as often as asked", capability: "publish") {
            it in
            try it.create(0)
            let sandbox = try NetworkSandbox()
            let (listener, inner) = try sandbox.perform { try TCPProbe.listen() }
            try it.attach("a", 0, sandbox)
            var request = port
            request.containerPort = Int(inner)
            let bindings = try it.call(NetworkPublish(endpoint: "a", ports: [request])).ports
            let again = try it.call(NetworkPublish(endpoint: "a", ports: [request])).ports
            try require(bindings == again && !bindings.isEmpty, "\(bindings), then \(again)")
            try it.requireOpen(18080)
            for _ in 0..<2 { try it.call(NetworkUnpublish(endpoint: "a", ports: bindings)) }
            try it.requireClosed(18080)
            withExtendedLifetime(listener) {}
        },
        Check("wrong ports", "ports that are none are an invalidArgument, and leave nothing", capability: "publish") {
            it in
            try it.create(0)
            let sandbox = try NetworkSandbox()
            let wrong = [
                PortRequest(hostPort: 65536, containerPort: 80), PortRequest(hostPort: -1, containerPort: 80),
                PortRequest(hostPort: 80, containerPort: 0), PortRequest(hostPort: 80, containerPort: 70_000),
                PortRequest(hostPort: 80, containerPort: 80, proto: "icmp"),
                PortRequest(hostAddress: "256.0.0.1", hostPort: 80, containerPort: 80),
                PortRequest(hostPort: Int.max, containerPort: Int.min),
            ]
            for port in wrong {
                try requireError(.invalidArgument, in: "the port \(port)") {
                    try it.attach("a", 0, sandbox, ports: [port])
                }
            }
            try require(try sandbox.links() == ["lo"], "the sandbox has \(try sandbox.links())")
            try require(try it.endpoints(0).isEmpty, "inspect has \(try it.endpoints(0))")
        },
    ]

    private func requireOpen(_ port: UInt16) throws {
        do {
            try host.perform {
                try TCPProbe.connect(to: IPv4Address("127.0.0.1")!, port: port, until: .now + .seconds(5))
            }
        } catch let error as SystemError {
            throw Violation("the published port \(port) does not lead to the container: \(error)")
        }
    }

    private func requireClosed(_ port: UInt16) throws {
        do {
            try host.perform {
                try TCPProbe.connect(to: IPv4Address("127.0.0.1")!, port: port, until: .now + .seconds(1))
            }
        } catch is SystemError {
            return
        }
        throw Violation("the port \(port) still leads somewhere")
    }
}

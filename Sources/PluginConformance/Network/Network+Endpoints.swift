import BerthAPI
import LinuxSystem

extension NetworkSubject {
    static let endpoints: [Check<NetworkSubject>] = [
        Check("attach", "an endpoint with an address has it on the interface that was asked for, and the way out") {
            it in
            let made = try it.create(0)
            let sandbox = try NetworkSandbox()
            let answer = try it.attach("a", 0, sandbox)
            let address = try it.address(answer)
            try require(try sandbox.links() == ["eth0", "lo"], "the sandbox has \(try sandbox.links())")
            try require(try sandbox.addresses() == ["\(address)"], "it has the addresses \(try sandbox.addresses())")
            if let subnet = made.subnet.flatMap({ IPv4Subnet($0) }) {
                try require(subnet.contains(address), "\(address) is not in the network's \(subnet)")
            }
            guard answer.gateway != nil else { return }
            // Flags 3: up, through a gateway (RTF_UP, RTF_GATEWAY).
            try require(try sandbox.state().contains("eth0\t00000000"), "there is no default route")
        },
        Check("attach repeats", "attach of an endpoint that is attached answers the same, and makes nothing new") {
            it in
            try it.create(0)
            let sandbox = try NetworkSandbox()
            let answer = try it.attach("a", 0, sandbox)
            let links = try sandbox.links()
            for _ in 0..<3 {
                let again = try it.attach("a", 0, sandbox)
                try require(again == answer, "\(answer), then \(again)")
            }
            try require(try sandbox.links() == links, "the sandbox has \(try sandbox.links())")
            try it.requireMemory()
            try require(try it.endpoints(0) == ["a"], "inspect has \(try it.endpoints(0))")
        },
        Check("sandboxes reach each other", "two endpoints of a network have addresses of their own and connect") {
            it in
            try it.create(0)
            let (first, second) = (try NetworkSandbox(), try NetworkSandbox())
            let one = try it.address(try it.attach("a", 0, first))
            let two = try it.address(try it.attach("b", 0, second))
            try require(one != two, "both have \(one)")
            try it.requireConnection(from: first, to: second, two)
            try it.requireConnection(from: second, to: first, one)
        },
        Check("detach", "a detached endpoint leaves nothing in its sandbox or on the host, again with success") { it in
            try it.create(0)
            let (before, sandbox) = (try it.host.links(), try NetworkSandbox())
            try it.attach("a", 0, sandbox)
            for _ in 0..<3 { try it.detach("a") }
            try it.detach("never-was")
            try require(try sandbox.links() == ["lo"], "the sandbox has \(try sandbox.links())")
            try require(try it.host.links() == before, "the host has \(try it.host.links()), not \(before)")
            try it.attach("a", 0, sandbox)
        },
        Check("ended sandboxes", "detach succeeds when the sandbox has ended before") { it in
            try it.create(0)
            let sandbox = try NetworkSandbox()
            try it.attach("a", 0, sandbox)
            sandbox.end()
            for _ in 0..<2 { try it.detach("a") }
            try it.delete(0)
        },
        Check("chosen addresses", "an address that is asked for is given or refused; one in use is refused") { it in
            try it.create(0)
            let (first, second) = (try NetworkSandbox(), try NetworkSandbox())
            let taken = try it.address(try it.attach("a", 0, first))
            func attach(_ address: IPv4Address) throws -> NetworkAttach.Result {
                var request = it.request("b", 0, second)
                request.endpoint.address = "\(address)"
                return try it.call(request, descriptors: try it.descriptors(second))
            }
            try requireError(.conflict, .invalidArgument, .failedPrecondition, .unimplemented, in: "a taken address") {
                _ = try attach(taken)
            }
            try require(try second.links() == ["lo"], "a refused endpoint left \(try second.links())")
            do {
                let given = try it.address(try attach(taken.advanced(by: 9)))
                try require(given == taken.advanced(by: 9), "\(given) was given")
            } catch let error as BerthError where error.kind == .unimplemented || error.kind == .invalidArgument {}
        },
        Check("what is not there", "attach to a network that does not exist is notFound") { it in
            try it.requireMemory()
            let sandbox = try NetworkSandbox()
            try requireError(.notFound, in: "attach") { try it.attach("a", 0, sandbox) }
            try require(try sandbox.links() == ["lo"], "the sandbox has \(try sandbox.links())")
        },
        Check("no sandbox", "attach without a namespace, or with something else, is an invalidArgument") { it in
            if it.isHostNamespace { throw Skip("the plugin names the capability hostNamespace") }
            try it.create(0)
            var request = it.request("a", 0, it.host)
            request.sandbox = nil
            try requireError(.invalidArgument, in: "attach without a descriptor") { try it.call(request) }
            try requireError(.invalidArgument, in: "attach of a file") {
                try it.call(request, descriptors: [try memoryFile([1])])
            }
            try it.requireMemory()
            try require(try it.endpoints(0).isEmpty, "inspect has \(try it.endpoints(0))")
        },
        Check("hostile endpoints", "keys that look like paths are refused or taken as text, such interfaces refused") {
            it in
            try it.requireMemory()
            try it.create(0)
            let sandbox = try NetworkSandbox()
            for key in HostileNames.paths + HostileNames.odd {
                do {
                    try it.attach(key, 0, sandbox)
                } catch let error as BerthError where error.kind == .invalidArgument {
                    continue
                }
                try require(try it.endpoints(0) == [key], "inspect has \(try it.endpoints(0)), not '\(key)'")
                try it.detach(key)
            }
            for interface in ["", "..", "eth0/..", "lo", "a b", "sixteencharacter", "a\u{0}b"] {
                var request = it.request("a", 0, sandbox)
                request.endpoint.interface = interface
                try requireError(.invalidArgument, in: "the interface '\(interface)'") {
                    try it.call(request, descriptors: try it.descriptors(sandbox))
                }
            }
            try require(try sandbox.links() == ["lo"], "the sandbox has \(try sandbox.links())")
            try require(try it.endpoints(0).isEmpty, "inspect has \(try it.endpoints(0))")
        },
        Check("survives SIGKILL", "connections, answers and addresses in use are the same after a crash") { it in
            try it.create(0)
            let (first, second, third) = (try NetworkSandbox(), try NetworkSandbox(), try NetworkSandbox())
            let (one, two) = (try it.attach("a", 0, first), try it.attach("b", 0, second))
            let address = try it.address(two)
            it.bench.kill()
            try it.requireConnection(from: first, to: second, address)
            try it.bench.restart()
            try require(try it.attach("a", 0, first) == one, "attach answers something else")
            try require(try it.endpoints(0) == ["a", "b"], "inspect has \(try it.endpoints(0))")
            let new = try it.address(try it.attach("c", 0, third))
            let old = [try it.address(one), address]
            try require(!old.contains(new), "\(new) was given twice")
            try it.requireConnection(from: third, to: second, address)
        },
    ]
}

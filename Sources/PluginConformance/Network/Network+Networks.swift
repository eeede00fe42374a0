import BerthAPI
import JSON
import LinuxSystem

extension NetworkSubject {
    static let networks: [Check<NetworkSubject>] = [
        Check("create", "a network that was made is inspected and listed as it was answered") { it in
            let made = try it.create(0)
            try it.requireMemory()
            let state = try it.call(NetworkDriverInspect(id: id(0)))
            try require(
                state.id == id(0) && state.subnet == made.subnet && state.gateway == made.gateway
                    && state.endpoints.isEmpty, "\(made), and inspect \(state)")
            try require(try it.call(NetworkDriverList()) == [state], "list differs from inspect")
        },
        Check("create repeats", "create of a network that exists, with the same settings, answers the same") { it in
            let made = try it.create(0)
            for _ in 0..<3 { try require(try it.create(0) == made, "another answer than \(made)") }
            try it.requireMemory()
            try require(try it.networks() == [id(0)], "list has \(try it.networks())")
        },
        Check("create conflicts", "a network is not silently given another subnet than it has") { it in
            try it.requireMemory()
            let made = try it.create(0)
            guard made.subnet != nil else { throw Skip("the driver has no subnets") }
            var other = network(0)
            other.subnet = "10.199.0.0/24"
            try requireError(.conflict, .failedPrecondition, .invalidArgument, in: "create with another subnet") {
                try it.call(other)
            }
            let state = try it.call(NetworkDriverInspect(id: id(0)))
            try require(state.subnet == made.subnet, "the subnet has become \(state.subnet ?? "none")")
        },
        Check("networks are apart", "networks that name no subnet get subnets that do not overlap") { it in
            let subnets = try (0..<4).compactMap { try it.create($0).subnet }.compactMap { IPv4Subnet($0) }
            guard subnets.count == 4 else { throw Skip("the driver has no IPv4 subnets") }
            for (index, subnet) in subnets.enumerated() {
                for other in subnets[..<index] {
                    try require(
                        !subnet.contains(other.base) && !other.contains(subnet.base), "\(subnet) and \(other) overlap")
                }
            }
        },
        Check("delete", "a deleted network is gone, again with success; one that never was too") { it in
            let before = try it.host.state()
            try it.create(0)
            for _ in 0..<3 { try it.delete(0) }
            try it.delete(99)
            try require(try it.host.state() == before, "the host has \(try it.host.state()), not \(before)")
            try it.requireMemory()
            try require(try it.networks().isEmpty, "list has \(try it.networks())")
            try requireError(.notFound, in: "inspect") { try it.call(NetworkDriverInspect(id: id(0))) }
        },
        Check("delete refuses", "a network with endpoints is a failedPrecondition, and stays") { it in
            try it.requireMemory()
            try it.create(0)
            let sandbox = try NetworkSandbox()
            try it.attach("a", 0, sandbox)
            try requireError(.failedPrecondition, in: "delete of a network in use") { try it.delete(0) }
            try require(try it.endpoints(0) == ["a"], "inspect has the endpoints \(try it.endpoints(0))")
            try it.detach("a")
            try it.delete(0)
        },
        Check("reconcile", "what is not named is removed, what is missing is told, what is named stays") { it in
            try it.requireMemory()
            let (kept, dropped) = (try NetworkSandbox(), try NetworkSandbox())
            for number in 0..<2 { try it.create(number) }
            let answer = try it.attach("kept", 0, kept)
            try it.attach("dropped", 0, dropped)
            for round in 0..<2 {
                let result = try it.call(NetworkReconcile(networks: [network(0)], endpoints: ["kept", "unknown"]))
                let removed: ([String], [String]) = round == 0 ? ([id(1)], ["dropped"]) : ([], [])
                try require(result.removedNetworks == removed.0, "removed networks: \(result.removedNetworks)")
                try require(result.removedEndpoints == removed.1, "removed endpoints: \(result.removedEndpoints)")
                try require(result.missingEndpoints == ["unknown"], "missing endpoints: \(result.missingEndpoints)")
            }
            try require(try it.attach("kept", 0, kept) == answer, "what was kept answers something else")
            try require(try dropped.links() == ["lo"], "the dropped sandbox has \(try dropped.links())")
        },
        Check("reconcile to nothing", "a host whose networks are all reconciled away is as it was before") { it in
            let before = try it.host.state()
            let sandbox = try NetworkSandbox()
            try it.create(0)
            try it.attach("a", 0, sandbox)
            try it.call(NetworkReconcile(networks: [], endpoints: []))
            try require(try it.host.state() == before, "the host has \(try it.host.state()), not \(before)")
            try it.delete(0)
        },
        Check("hostile names", "ids that are paths, empty or endless are refused; nothing outside is touched") { it in
            try it.requireMemory()
            let (before, sentinel) = (try it.host.state(), "\(it.bench.directory)/state-of-others")
            try makeDirectory(sentinel)
            for name in HostileNames.paths {
                try requireError(.invalidArgument, in: "create of '\(name.prefix(40))'") {
                    try it.call(NetworkDriverCreate(id: name, networkName: "x"))
                }
            }
            for id in ["../state-of-others", "../../state-of-others", sentinel] {
                do { try it.call(NetworkDriverDelete(id: id)) } catch is BerthError {}
                do { try it.detach(id) } catch is BerthError {}
            }
            try require(fileExists(sentinel), "a folder outside was removed")
            try removeDirectory(sentinel)
            try require(try it.host.state() == before, "the host has \(try it.host.state()), not \(before)")
        },
        Check("odd network names", "a network's name is for people: whatever it is, nothing but the network is made") {
            it in
            for (number, name) in (HostileNames.odd + ["../x", ""]).enumerated() {
                let request = NetworkDriverCreate(id: id(number), networkName: name)
                do { try it.call(request) } catch let error as BerthError where error.kind == .invalidArgument {}
                try it.delete(number)
            }
            try require(try it.host.links() == ["lo"], "the host has \(try it.host.links())")
        },
        Check("wrong subnets", "subnets that are none are an invalidArgument") { it in
            for subnet in ["x", "", "10.0.0.0/33", "10.0.0.0/-1", "1.2.3.4.5/8", "0.0.0.0/0", "127.0.0.0/8"] {
                var request = network(0)
                request.subnet = subnet
                try requireError(.invalidArgument, .unimplemented, in: "the subnet '\(subnet)'") {
                    try it.call(request)
                }
            }
        },
        Check("wrong parameters", "parameters that are missing or of the wrong type are an error") { it in
            let wire = try it.bench.session
            for method in [NetworkDriverCreate.name, NetworkDriverDelete.name, NetworkAttach.name, NetworkDetach.name] {
                try wire.callExpectingError(method, [:], "\(method) without parameters")
                try wire.callExpectingError(method, ["id": 7, "endpoint": 7], "\(method) of a number")
            }
            try it.bench.requireAlive(wire, after: "wrong parameters")
        },
    ]
}

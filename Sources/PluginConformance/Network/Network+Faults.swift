import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

extension NetworkSubject {
    static let faults: [Check<NetworkSubject>] = [
        Check("concurrent creates", "many clients that make one network get one answer") { it in
            let answers = Monitor<Set<NetworkDriverCreate.Result>>([])
            try it.bench.parallel(8) { wire, _ in
                let made = try wire.call(network(0))
                answers.withLock { _ = $0.insert(made) }
            }
            try require(answers.withLock { $0.count } == 1, "different answers")
            try it.delete(0)
        },
        Check("concurrent endpoints", "endpoints attached at the same time have addresses of their own") { it in
            try it.create(0)
            let sandboxes = try (0..<8).map { _ in try NetworkSandbox() }
            let descriptors = try sandboxes.map { try it.descriptors($0) }
            let requests = sandboxes.enumerated().map { it.request("e\($0)", 0, $1) }
            let addresses = Monitor<[String]>([])
            try it.bench.parallel(8) { wire, client in
                for _ in 0..<3 {
                    let answer = try wire.call(requests[client], descriptors: descriptors[client])
                    addresses.withLock { $0 += [answer.address].compactMap(\.self) }
                    try wire.call(NetworkDetach(endpoint: "e\(client)"))
                }
                let answer = try wire.call(requests[client], descriptors: descriptors[client])
                addresses.withLock { $0 += [answer.address].compactMap(\.self) }
            }
            let last = try sandboxes.flatMap { try $0.addresses() }
            try require(Set(last).count == last.count, "an address was given twice: \(last.sorted())")
            for client in 0..<8 { try it.detach("e\(client)") }
            try it.delete(0)
        },
        Check("cancelled calls", "a cancelled attach has happened or not: repeated, it answers as usual") { it in
            try it.create(0)
            let (wire, sandbox) = (try it.bench.session, try NetworkSandbox())
            for _ in 0..<5 {
                let request = it.request("a", 0, sandbox)
                let id = try wire.send(request, descriptors: try it.descriptors(sandbox))
                try wire.cancel(id)
                _ = try wire.outcome(of: JSON(id))
                let answer = try it.attach("a", 0, sandbox)
                try require(try it.attach("a", 0, sandbox) == answer, "two answers differ")
                try it.detach("a")
            }
            try require(try sandbox.links() == ["lo"], "the sandbox has \(try sandbox.links())")
        },
        Check("late calls", "a create that was given up does not begin late: what was deleted after it stays deleted") {
            it in
            for round in 0..<8 {
                let request = NetworkDriverCreate(id: NetworkSubject.id(0), networkName: "late")
                try it.bench.giveUp(request, then: NetworkDriverDelete(id: request.id), round: round)
                try require(try it.networks().isEmpty, "list has \(try it.networks())")
            }
        },
        Check("leaks", "lives of networks leave no descriptor, process or file behind, and the host as it was") { it in
            let before = try it.host.state()
            let sandbox = try NetworkSandbox()
            try it.bench.leaks(cycles: 12) { _ in
                try it.create(0)
                try it.attach("a", 0, sandbox)
                do { try it.attach("", 0, sandbox) } catch is BerthError {}
                try it.detach("a")
                try it.detach("")
                try it.delete(0)
            }
            try require(try it.host.state() == before, "the host has \(try it.host.state()), not \(before)")
        },
    ]

    static let crashes: [Check<NetworkSubject>] = [
        Check("crash in createNetwork", "createNetwork, killed at any moment and repeated, makes one network") { it in
            let before = try it.host.state()
            try it.bench.crashes(
                in: CrashTrial(
                    call: { network($0) },
                    verify: { round, made in
                        try require(try it.create(round) == made, "two answers differ")
                        try it.delete(round)
                        try require(try it.host.state() == before, "the host has \(try it.host.state())")
                    }))
        },
        Check("crash in deleteNetwork", "deleteNetwork, killed at any moment and repeated, leaves nothing") { it in
            let before = try it.host.state()
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { try it.create($0) }, call: { NetworkDriverDelete(id: id($0)) },
                    verify: { _, _ in
                        try require(try it.networks().isEmpty, "list has \(try it.networks())")
                        try require(try it.host.state() == before, "the host has \(try it.host.state())")
                    }))
        },
        Check("crash in attach", "attach, killed at any moment and repeated, connects the sandbox once") { it in
            try it.create(0)
            let (before, sandbox) = (try it.host.links(), try NetworkSandbox())
            try it.bench.crashes(
                in: CrashTrial(
                    call: { _ in it.request("a", 0, sandbox) }, descriptors: { _ in try it.descriptors(sandbox) },
                    verify: { _, answer in
                        try require(try it.attach("a", 0, sandbox) == answer, "two answers differ")
                        if answer.address != nil {
                            try require(try sandbox.links() == ["eth0", "lo"], "it has \(try sandbox.links())")
                        }
                        try it.detach("a")
                        try require(try sandbox.links() == ["lo"], "the sandbox has \(try sandbox.links())")
                        try require(try it.host.links() == before, "the host has \(try it.host.links())")
                    }))
        },
        Check("crash in detach", "detach, killed at any moment and repeated, leaves nothing") { it in
            try it.create(0)
            let (before, sandbox) = (try it.host.links(), try NetworkSandbox())
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { _ in try it.attach("a", 0, sandbox) }, call: { _ in NetworkDetach(endpoint: "a") },
                    verify: { _, _ in
                        try require(try sandbox.links() == ["lo"], "the sandbox has \(try sandbox.links())")
                        try require(try it.host.links() == before, "the host has \(try it.host.links())")
                    }))
        },
        Check("crash in publish", "publish, killed at any moment and repeated, answers once", capability: "publish") {
            it in
            try it.create(0)
            let sandbox = try NetworkSandbox()
            try it.attach("a", 0, sandbox)
            try it.bench.crashes(
                in: CrashTrial(
                    call: {
                        NetworkPublish(endpoint: "a", ports: [PortRequest(hostPort: 18080 + $0, containerPort: 80)])
                    },
                    verify: { round, answer in
                        try require(answer.ports.contains { $0.hostPort == 18080 + round }, "\(answer.ports)")
                        try it.call(NetworkUnpublish(endpoint: "a", ports: answer.ports))
                    }))
        },
        Check("crash in reconcile", "reconcile, killed at any moment and repeated, leaves what is named") { it in
            try it.requireMemory()
            try it.create(0)
            let (kept, dropped) = (try NetworkSandbox(), try NetworkSandbox())
            let answer = try it.attach("kept", 0, kept)
            try it.bench.crashes(
                in: CrashTrial(
                    prepare: { round in
                        try it.create(round + 1)
                        try it.attach("dropped", round + 1, dropped)
                    }, call: { _ in NetworkReconcile(networks: [network(0)], endpoints: ["kept"]) },
                    verify: { _, result in
                        try require(result.missingEndpoints.isEmpty, "missing: \(result.missingEndpoints)")
                        try require(try it.networks() == [id(0)], "list has \(try it.networks())")
                        try require(try dropped.links() == ["lo"], "the dropped sandbox has \(try dropped.links())")
                        try require(try it.attach("kept", 0, kept) == answer, "what was kept answers something else")
                    }))
        },
    ]
}

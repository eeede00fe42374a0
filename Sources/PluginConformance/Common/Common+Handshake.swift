import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

extension ConformanceCheck {
    static let handshakes: [Check<Bench>] = [
        Check("handshake", "initialize answers within five seconds who the plugin is and what its manifest says") {
            bench in
            let start = MonotonicTime.now
            let answer = try bench.connect().call(bench.initialize())
            try require(.now - start <= .seconds(5), "it took \(MonotonicTime.now - start)")
            try require(!answer.plugin.name.isEmpty && !answer.plugin.version.isEmpty, "name or version is empty")
            try require(answer.protocolVersion == 1, "it chose protocol \(answer.protocolVersion) of 1 to 1")
            try require(!answer.kinds.isEmpty, "it serves no kind")
            for kind in bench.source.manifest?.kinds ?? [] {
                try require(answer.kinds.contains(kind), "it does not serve \(kind), which its manifest names")
            }
        },
        Check("versions", "of the protocols offered it takes one that it speaks, and refuses when there is none") {
            bench in
            let wire = try bench.connect()
            var request = bench.initialize()
            request.protocolRange = ProtocolRange(minimum: 1000, maximum: 1001)
            try requireError(.failedPrecondition, in: "initialize with protocols 1000 to 1001") {
                try wire.call(request)
            }
            request.protocolRange = ProtocolRange(minimum: 1, maximum: 99)
            let answer = try wire.call(request)
            let spoken = bench.source.manifest?.protocolRange ?? .current
            try require(
                spoken.minimum...spoken.maximum ~= answer.protocolVersion,
                "it chose protocol \(answer.protocolVersion) of 1 to 99 and speaks \(spoken.minimum) to \(spoken.maximum)"
            )
        },
        Check("unknown members", "members that a newer supervisor adds are ignored") { bench in
            let wire = try bench.connect()
            let params = try JSON(encoding: bench.initialize()).setting("added", to: ["in": ["version", 2]])
            let id = try wire.send(PluginInitialize.name, params, members: [("added", 1)])
            _ = try wire.reply(to: PluginInitialize.self, id: id)
        },
        Check("handshake repeats", "initialize on another connection answers the same, and the first goes on") {
            bench in
            let first = try bench.session
            let second = try bench.connect()
            let (old, new) = (bench.handshake!, try second.call(bench.initialize()))
            try require(old.kinds == new.kinds && old.capabilities == new.capabilities, "\(old), then \(new)")
            try first.ping()
            try second.ping()
        },
        Check("calls before the handshake", "a call of its kind before initialize is an error and nothing worse") {
            bench in
            let (method, params) = try bench.harmlessCall()
            guard method != PluginStats.name else { throw Skip("no call of its kinds is known") }
            try bench.restart()
            let wire = try bench.connect()
            try wire.callExpectingError(method, params, "\(method) before initialize")
            try wire.call(bench.initialize())
            try bench.requireAlive(wire, after: "a call before the handshake")
        },
        Check("ping", "plugin.ping is answered at once") { bench in
            let wire = try bench.session
            for _ in 0..<20 { try wire.ping() }
        },
        Check("configure", "the configuration it was given is taken again; one of another type is an error") { bench in
            try bench.call(PluginConfigure(configuration: bench.settings.configuration))
            let wire = try bench.session
            try wire.callExpectingError(
                PluginConfigure.name, ["configuration": nil, "nothing": 1], "configure of null")
            try bench.requireAlive(wire, after: "a configuration that is none")
        },
        Check("stats", "plugin.stats counts calls of its kinds; counters never go down") { bench in
            let before = try bench.call(PluginStats())
            let (method, params) = try bench.harmlessCall()
            let wire = try bench.session
            for _ in 0..<5 { _ = try wire.outcome(of: JSON(try wire.send(method, params))) }
            let after = try bench.call(PluginStats())
            let wanted: Int64 = method == PluginStats.name ? 0 : 5
            try require(
                after.calls >= before.calls + wanted, "\(before.calls) calls, \(after.calls) after \(wanted) more")
            try require(after.failures >= before.failures, "failures went down")
            try require(before.active >= 0 && after.active >= 0, "a negative number of active calls")
        },
        Check("restart", "killed and started on the same state, it answers the handshake as before") { bench in
            _ = try bench.session
            let first = bench.handshake!
            for _ in 0..<3 {
                try bench.restart()
                _ = try bench.session
                let again = bench.handshake!
                try require(
                    again.kinds == first.kinds && again.stateVersion == first.stateVersion, "\(first), then \(again)")
            }
        },
    ]
}

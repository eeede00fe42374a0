import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

extension ConformanceCheck {
    /// How long an orderly end may take.
    private static let grace = Duration.seconds(15)

    static let lifecycle: [Check<Bench>] = [
        Check("drain", "after plugin.drain calls of its kinds are unavailable, and pings are answered") { bench in
            let (method, params) = try bench.harmlessCall()
            guard method != PluginStats.name else { throw Skip("no call of its kinds is known") }
            let wire = try bench.session
            try wire.call(PluginDrain())
            guard case .failure(let error) = try wire.outcome(of: JSON(try wire.send(method, params))) else {
                throw Violation("\(method) was answered by a drained plugin")
            }
            try require(BerthError(error).kind == .unavailable, "\(method) failed with \(BerthError(error).kind)")
            try wire.ping()
            try wire.call(PluginDrain())
        },
        Check("initialize after a drain", "a drained plugin takes calls again after initialize") { bench in
            let (method, params) = try bench.harmlessCall()
            let wire = try bench.session
            try wire.call(PluginDrain())
            try wire.call(bench.initialize())
            if case .failure(let error) = try wire.outcome(of: JSON(try wire.send(method, params))) {
                try require(BerthError(error).kind != .unavailable, "\(error)")
            }
            try bench.requireAlive(after: "a drain that was taken back")
        },
        Check("shutdown", "plugin.shutdown is answered, then the process ends with status 0") { bench in
            let wire = try bench.session
            try wire.call(PluginShutdown())
            guard let status = bench.process?.wait(until: .now + grace) else {
                throw Violation("it still runs \(grace) after the answer")
            }
            try require(status == .exited(code: 0), "it ended with \(status)")
        },
        Check("SIGTERM", "SIGTERM ends the process, connections or not") { bench in
            let wire = try bench.session
            try bench.start().signal(Signal.numbers["TERM"]!)
            try require(bench.process?.wait(until: .now + grace) != nil, "it still runs \(grace) after SIGTERM")
            _ = wire
        },
        Check("shutdown while it works", "calls written before plugin.shutdown do not keep the process from ending") {
            bench in
            let wire = try bench.session
            let (method, params) = try bench.harmlessCall()
            for _ in 0..<50 { try wire.send(method, params) }
            try wire.send(PluginShutdown())
            try require(bench.process?.wait(until: .now + grace) != nil, "it still runs after \(grace)")
        },
        Check("quiet stdout", "stdout carries nothing but log records: objects with a message, one a line") { bench in
            let (method, params) = try bench.harmlessCall()
            let wire = try bench.session
            for _ in 0..<5 { _ = try wire.outcome(of: JSON(try wire.send(method, params))) }
            try wire.call(PluginStats())
            try wire.call(PluginShutdown())
            _ = bench.process?.wait(until: .now + grace)
            for line in bench.written(to: "stdout").split(separator: "\n") {
                let record = try? JSON(parsing: String(line))
                try require(record?["message"]?.string != nil, "on stdout: \(line.prefix(200))")
            }
        },
        Check("no files elsewhere", "it writes to its state and run folders only, not beside them") { bench in
            _ = try bench.session
            let (method, params) = try bench.harmlessCall()
            _ = try bench.session.outcome(of: JSON(try bench.session.send(method, params)))
            let names = try listDirectory(bench.directory).sorted()
            try require(names == ["plugin.sock", "run", "state", "stderr", "stdout"], "its parent folder has \(names)")
        },
    ]
}

import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

extension ConformanceCheck {
    private static let lineLimit = 4 << 20

    static let bounds: [Check<Bench>] = [
        Check("over-long line", "a line above 4 MiB ends its connection; others go on, and memory stays bounded") {
            bench in
            let other = try bench.session
            let wire = try bench.connect()
            let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
            var ended = false
            for _ in 0..<64 where !ended {
                do {
                    try wire.writeBytes(piece)
                } catch let error as SystemError where [.brokenPipe, .connectionReset].contains(error.errno) {
                    ended = true
                }
            }
            if !ended { try waitForEnd(wire, "a line of 64 MiB") }
            try bench.requireAlive(other, after: "an over-long line")
            let peak = try memoryPeak(bench)
            try require(peak < 1 << 30, "its memory went up to \(peak >> 20) MiB")
        },
        Check("long line", "a message of 1 MiB is read and answered") { bench in
            let wire = try bench.session
            let id = try wire.send("no.such.method", ["text": JSON(String(repeating: "y", count: 1 << 20))])
            try wire.requireError(RPCError.methodNotFoundCode, to: JSON(id), in: "a long request")
        },
        Check("deep nesting", "arrays nested 100,000 deep are refused without harm") { bench in
            let other = try bench.session
            for opening in ["[", #"{"a":"#] {
                let wire = try bench.connect()
                let text = String(repeating: opening, count: 100_000)
                try wire.write(#"{"jsonrpc":"2.0","id":1,"method":"plugin.ping","params":{"a":"# + text)
                // An error or the end of this connection; the line is not even closed, so it cannot succeed.
                if try wire.readMessage(until: wire.deadline) {
                    try require(wire.takeAnswer("null") != nil || wire.takeAnswer("1") != nil, "it was not an answer")
                }
                try bench.requireAlive(other, after: "deep nesting")
            }
        },
        Check("half a line", "a client that leaves in the middle of a line, or without reading, harms nobody") {
            bench in
            let other = try bench.session
            for _ in 0..<10 { try bench.connect().writeBytes(Array(#"{"jsonrpc":"2.0","id":1,"meth"#.utf8)) }
            for _ in 0..<10 {
                let wire = try bench.connect()
                for _ in 0..<50 { try wire.send(PluginStats()) }
            }
            try bench.requireAlive(other, after: "clients that left")
            try bench.requireAlive(after: "clients that left")
        },
        Check("connections are given back", "connections that end leave no descriptor behind") { bench in
            try bench.leaks { _ in
                let wire = try bench.connect()
                try wire.ping()
            }
        },
        Check("unexpected descriptors", "descriptors that a call does not need are closed, not kept") { bench in
            let wire = try bench.session
            try bench.leaks { _ in
                let id = try wire.send(PluginPing(), descriptors: [try memoryFile([1]), try memoryFile([2])])
                _ = try wire.answer(to: JSON(id))
            }
        },
        Check("cancel", "a cancelled request is answered once: with its result, or −32800") { bench in
            let wire = try bench.session
            let (method, params) = try bench.harmlessCall()
            for _ in 0..<50 {
                let id = try wire.send(method, params)
                try wire.cancel(id)
                if case .failure(let error) = try wire.outcome(of: JSON(id)) {
                    let isOwn = error.data?["kind"] != nil
                    try require(
                        error.code == RPCError.requestCancelledCode || isOwn, "a cancelled request got \(error)")
                }
            }
            try wire.ping()
            try require(wire.unclaimed.isEmpty, "further answers came: \(wire.unclaimed)")
        },
        Check("deadlines", "a request whose time is over is answered once: with its result, or −32001") { bench in
            let wire = try bench.session
            let (method, params) = try bench.harmlessCall()
            for timeout: JSON in [0, 1, 60_000, 9_007_199_254_740_991] {
                let id = try wire.send(method, params, members: [("timeout", timeout)])
                if case .failure(let error) = try wire.outcome(of: JSON(id)) {
                    let isOwn = error.data?["kind"] != nil
                    try require(
                        error.code == RPCError.deadlineExceededCode || isOwn,
                        "a request with timeout \(timeout) got \(error)")
                }
            }
            try bench.requireAlive(wire, after: "deadlines")
            try require(wire.unclaimed.isEmpty, "further answers came: \(wire.unclaimed)")
        },
        Check("stopped and continued", "requests that came while it was stopped (SIGSTOP) are answered afterwards") {
            bench in
            let wire = try bench.session
            let process = try bench.start()
            process.signal(Signal.numbers["STOP"]!)
            let ids = try (0..<10).map { _ in try wire.send(PluginPing(), members: [("timeout", 30_000)]) }
            process.signal(Signal.numbers["CONT"]!)
            for id in ids { _ = try wire.answer(to: JSON(id)) }
        },
    ]

    /// The most memory that the process had at once, in bytes (VmHWM, proc_pid_status(5)).
    private static func memoryPeak(_ bench: Bench) throws -> Int {
        let status = String(decoding: try readFile("/proc/\(bench.start().pid)/status"), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }

    private static func waitForEnd(_ wire: Wire, _ what: String) throws {
        do {
            while try wire.readLine(until: wire.deadline) != nil {}
        } catch is Overdue {
            throw Violation("\(what) did not end the connection")
        }
    }
}

import BerthAPI
import JSONRPC
import LinuxSystem
import Testing

@Suite(.enabled(if: CurrentProcess.uid == 0)) struct ExecTests {
    @Test func severalRunAtOnce() throws {
        try Self.withContainer { fixture in
            var clients: [ClientReader] = []
            for number in 1...4 {
                clients.append(try fixture.exec("e\(number)", ["sh", "-c", "cat; exit \(number)"]))
            }
            #expect(try fixture.call(ShimState()).execs == ["e1", "e2", "e3", "e4"])
            for (index, client) in clients.enumerated() {
                client.send("to \(index)")
                client.shutdown()
            }
            for number in 1...4 {
                #expect(try fixture.call(ShimExecWait(exec: "e\(number)")).exitCode == number)
            }
            fixture.run { clients.allSatisfy(\.isAtEnd) }
            #expect(clients.map { $0.multiplexed(1) } == ["to 0", "to 1", "to 2", "to 3"])
            #expect(try fixture.call(ShimState()).execs.isEmpty)
            // The code is kept, and the same key is the same exec.
            #expect(try fixture.call(ShimExecWait(exec: "e2")).exitCode == 2)
        }
    }

    @Test func errorsHaveTheirKinds() throws {
        try Self.withContainer { fixture in
            let cases: [([String], ErrorKind)] = [(["nothing"], .notFound), (["/bin/text"], .permissionDenied)]
            for (arguments, kind) in cases {
                let error = #expect(throws: BerthError.self) {
                    try fixture.call(ShimExec(exec: "x", config: .init(arguments: arguments)))
                }
                #expect(error?.kind == kind)
                #expect(error?.object == "executable")
            }
            let error = #expect(throws: BerthError.self) { try fixture.call(ShimExecWait(exec: "never")) }
            #expect(error?.kind == .notFound)
        }
    }

    @Test func aTerminalAndASignal() throws {
        try Self.withContainer { fixture in
            var config = ExecConfig(arguments: ["sh", "-c", "stty size; sleep 1000"])
            config.terminal = true
            var attach = AttachRequest(stdin: true, stdout: true, stderr: true)
            (attach.rows, attach.columns) = (11, 22)
            let reply = try fixture.reply(ShimExec(exec: "t", config: config, attach: attach))
            let client = try fixture.client(reply.descriptors)
            fixture.run { client.text.contains("11 22") }
            _ = try fixture.call(ShimResize(rows: 5, columns: 6, exec: "t"))
            _ = try fixture.call(ShimKill(signal: 9, exec: "t"))
            #expect(try fixture.call(ShimExecWait(exec: "t")).exitCode == 137)
            fixture.run { client.isAtEnd }
        }
    }

    @Test func whatAnExecLeavesBehindDoesNotHoldItUp() throws {
        try Self.withContainer { fixture in
            let client = try fixture.exec("d", ["sh", "-c", "sleep 1000 & echo started"])
            #expect(try fixture.call(ShimExecWait(exec: "d")).exitCode == 0)
            fixture.run { client.isAtEnd }
            #expect(client.multiplexed(1) == "started\n")
        }
    }

    /// With everything that it has started, in its session or in another; the container's own processes stay.
    @Test func whatTakesTooLongIsKilledWithItsFamily() throws {
        try Self.withContainer { fixture in
            let script = "sleep 1001 & setsid sleep 1002 & setsid sh -c 'sleep 1003 & sleep 1004' & sleep 1005"
            let request = ShimExec(
                exec: "slow", config: .init(arguments: ["sh", "-c", script]),
                attach: AttachRequest(stdin: false, stdout: true, stderr: true), timeout: 300)
            let client = try fixture.client(try fixture.reply(request).descriptors)
            let end = try fixture.call(ShimExecWait(exec: "slow"))
            #expect(end.exitCode == 137)
            #expect(end.timedOut == true)
            // Whoever held its outputs is gone.
            fixture.run { client.isAtEnd }
            let rest = try fixture.exec("rest", ["sh", "-c", "for p in /proc/[0-9]*; do cat $p/cmdline; echo; done"])
            #expect(try fixture.call(ShimExecWait(exec: "rest")).timedOut == nil)
            fixture.run { rest.isAtEnd }
            #expect(rest.multiplexed(1).contains("1000"))
            for number in 1001...1005 { #expect(!rest.multiplexed(1).contains("\(number)"), "sleep \(number)") }
        }
    }

    @Test func whatEndsInTimeIsLeftAlone() throws {
        try Self.withContainer { fixture in
            _ = try fixture.call(ShimExec(exec: "q", config: .init(arguments: ["true"]), timeout: 60_000))
            let end = try fixture.call(ShimExecWait(exec: "q"))
            #expect(end.exitCode == 0 && end.timedOut == nil)
        }
    }

    @Test func theContainersEndEndsItsExecs() throws {
        try Self.withContainer { fixture in
            _ = try fixture.call(ShimExec(exec: "e", config: .init(arguments: ["sleep", "1000"])))
            _ = try fixture.call(ShimKill(signal: 9))
            #expect(try fixture.call(ShimExecWait(exec: "e")).exitCode == 137)
            #expect(try fixture.waitForExit().exitCode == 137)
        }
    }

    private static func withContainer(_ body: (ShimFixture) throws -> Void) throws {
        try ShimFixture.with(["sleep", "1000"]) { fixture in
            try fixture.start()
            try body(fixture)
        }
    }
}

extension ShimFixture {
    func exec(_ key: String, _ arguments: [String]) throws -> ClientReader {
        let attach = AttachRequest(stdin: true, stdout: true, stderr: true)
        let reply = try reply(ShimExec(exec: key, config: .init(arguments: arguments), attach: attach))
        return try client(reply.descriptors)
    }
}

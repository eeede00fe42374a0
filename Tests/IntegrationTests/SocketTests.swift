import JSON
import LinuxSystem
import TestSupport
import Testing

/// What clients do wrong on the API socket, by mistake or on purpose.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct SocketTests {
    private static let ping = #"{"jsonrpc":"2.0","id":9,"method":"system.ping"}"#

    @Test func whatIsNotUnderstoodIsAnsweredAndTheConnectionLives() async throws {
        let deep = String(repeating: "[", count: 100_000)
        let cases: [(line: String, code: Int64)] = [
            (#"{"jsonrpc":"#, -32700), (deep, -32700),
            (#"{"jsonrpc":"2.0","id":1,"method":"system.ping","params":\#(deep)"#, -32700),
            (#"{"jsonrpc":"2.0","id":1,"method":"no.such"}"#, -32601), ("[]", -32600), ("42", -32600),
            (#"{"jsonrpc":"2.0","id":1,"method":"container.list"}"#, -31000),
            (
                #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"client":{"name":"x","version":"1"},"#
                    + #""protocolRange":{"minimum":7,"maximum":8}}}"#, -31000
            ),
            // Still not open: that was refused.
            (#"{"jsonrpc":"2.0","id":1,"method":"container.list"}"#, -31000),
        ]
        try await TestDaemon.with { daemon in
            let client = try RawClient(daemon)
            for (line, code) in cases {
                try client.send(line)
                #expect(try client.errorCode() == code, "\(line.prefix(80))")
                try client.send(Self.ping)
                #expect(try client.answer()?["result"]?["pong"]?.bool == true, "\(line.prefix(80))")
            }
            try client.initialize()
            try client.send(#"{"jsonrpc":"2.0","id":1,"method":"container.inspect","params":{"id":5}}"#)
            #expect(try client.errorCode() == -32602)
        }
    }

    @Test func aLineThatNeverEndsClosesTheConnectionWithAReason() async throws {
        try await TestDaemon.with { daemon in
            let client = try RawClient(daemon)
            let before = try daemon.memory()
            let megabyte = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
            // 100 MB, unless the daemon has had enough before.
            do { for _ in 0..<100 { try client.send(megabyte) } } catch { #expect("\(error)".contains("send")) }
            #expect(try client.answer()?["error"]?["message"]?.string == "a message has more than 4194304 bytes")
            #expect(try client.answer() == nil)
            #expect(try daemon.memory() - before < 16 << 20)
        }
    }

    @Test func aThousandIdleConnectionsAreNoBurden() async throws {
        try await TestDaemon.with { daemon in
            let before = try daemon.memory()
            let clients = try (0..<1000).map { _ in
                let client = try RawClient(daemon)
                try client.initialize()
                return client
            }
            #expect(try daemon.memory() - before < 16 << 20)
            #expect(try daemon.berth("ps").code == 0)
            withExtendedLifetime(clients) {}
        }
    }

    /// Regression test: what the connection could not take was lost without a word, and so was what overtook another.
    @Test func whoDoesNotReadEventsIsToldWhatItMissed() async throws {
        try await TestDaemon.with { daemon in
            let (slow, busy) = (try RawClient(daemon), try RawClient(daemon))
            for client in [slow, busy] { try client.initialize() }
            try slow.send(#"{"jsonrpc":"2.0","id":1,"method":"events.subscribe","params":{}}"#)
            let before = try daemon.memory()
            // More events than the subscriber's queue and its socket hold.
            for _ in 0..<12 { for verb in ["create", "remove"] { try busy.volumes(64, verb) } }
            #expect(try daemon.memory() - before < 32 << 20)
            var (last, skipped, count, name) = (Int64(0), Int64(0), 0, "")
            while name != "many99" {
                // Once there is room again, the next event says what was dropped before it.
                if count == 500 { try busy.volumes(100, "create") }
                let params = try #require(try slow.answer()?["params"])
                let (event, dropped) = (params["event"], params["skipped"]?.int ?? 0)
                let sequence = try #require(event?["sequence"]?.int)
                if last > 0 { #expect(sequence == last + 1 + dropped) }
                (last, skipped, count) = (sequence, skipped + dropped, count + 1)
                name = event?["id"]?.string ?? ""
            }
            #expect(skipped > 0)
        }
    }

    /// Neither the container nor another reader waits for them.
    @Test func whoDoesNotReadLogsHoldsNobodyUp() async throws {
        try await TestDaemon.with { daemon in
            let script = "i=0; while [ $i -lt 15000 ]; do echo line $i; i=$((i+1)); done"
            try daemon.succeed(["run", "-d", "--name", "chatty", "busybox", "sh", "-c", script])
            let slow = try (0..<20).map { _ in try RawClient(daemon) }
            for client in slow {
                try client.initialize()
                let params = #"{"id":"chatty","stdout":true,"stderr":true,"follow":true}"#
                try client.send(#"{"jsonrpc":"2.0","id":1,"method":"container.logs","params":\#(params)}"#)
                #expect(try client.answer()?["result"] != nil)
            }
            #expect(try daemon.berth("wait", "chatty").text == "0\n")
            #expect(try daemon.berth("logs", "--tail", "1", "chatty").text == "line 14999\n")
            try daemon.succeed(["rm", "chatty"])
            withExtendedLifetime(slow) {}
        }
    }
}

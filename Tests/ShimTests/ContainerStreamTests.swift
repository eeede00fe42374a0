import BerthAPI
import JSONRPC
import LinuxSystem
import OCISpec
import Testing

@Suite(.enabled(if: CurrentProcess.uid == 0)) struct ContainerStreamTests {
    @Test func aClientThatIsAttachedBeforeTheStartGetsEveryByte() throws {
        try ShimFixture.with(["sh", "-c", "i=0; while [ $i -lt 1000 ]; do echo line $i; i=$((i+1)); done"]) { fixture in
            let client = try fixture.startAttached()
            fixture.run { client.isAtEnd }
            let expected = (0..<1000).map { "line \($0)\n" }.joined()
            #expect(client.multiplexed(1) == expected)
            fixture.run { fixture.log?.hasEnded == true }
            #expect(fixture.log?.text(of: 1) == expected)
        }
    }

    @Test func closedInputIsAtItsEnd() throws {
        try ShimFixture.with(["cat"]) { fixture in
            try fixture.start()
            #expect(try fixture.waitForExit().exitCode == 0)
        }
    }

    @Test(arguments: ["once", "open"]) func inputComesBackAndItsEndEndsTheContainer(stdin: String) throws {
        try ShimFixture.with(["cat"], configure: { $0.annotations = ["dev.berth.stdin": stdin] }) { fixture in
            let client = try fixture.startAttached()
            let text = String(repeating: "0123456789", count: 100_000)
            client.send(text)
            client.shutdown()
            fixture.run { client.isAtEnd }
            #expect(client.multiplexed(1) == text)
            #expect(try fixture.waitForExit().exitCode == 0)
        }
    }

    @Test func muchOutputOnBothStreams() throws {
        let script = "(yes 0123456789 | head -n 200000) & (yes abcdefghij | head -n 200000 >&2) & wait"
        try ShimFixture.with(["sh", "-c", script]) { fixture in
            let client = try fixture.startAttached()
            fixture.run { client.isAtEnd && fixture.log?.hasEnded == true }
            let out = String(repeating: "0123456789\n", count: 200_000)
            let err = String(repeating: "abcdefghij\n", count: 200_000)
            #expect(client.multiplexed(1) == out && client.multiplexed(2) == err)
            #expect(fixture.log?.text(of: 1) == out && fixture.log?.text(of: 2) == err)
        }
    }

    @Test func aLostLogStreamLosesAndRepeatsNothing() throws {
        let script = "i=0; while [ $i -lt 60000 ]; do echo line $i; i=$((i+1)); done"
        try ShimFixture.with(["sh", "-c", script]) { fixture in
            _ = try fixture.call(ShimLogStream(), [try fixture.openLog(from: 0, acknowledging: false)])
            try fixture.start()
            var stored: [UInt8] = []
            for round in 1...3 {
                let log = try #require(fixture.log)
                fixture.run { log.payload.count >= round * 50_000 / 3 || log.hasEnded }
                // It dies with part of what it got not stored.
                let kept = log.payload.count - log.payload.count / 10
                stored += log.payload.prefix(kept)
                log.close()
                let stream = try fixture.openLog(from: UInt64(stored.count), acknowledging: round == 3)
                _ = try fixture.call(ShimLogStream(), [stream])
            }
            let last = try #require(fixture.log)
            fixture.run { last.hasEnded }
            stored += last.payload
            #expect(String(decoding: stored, as: UTF8.self) == (0..<60_000).map { "line \($0)\n" }.joined())
        }
    }

    @Test func aTerminalHasASizeAndEchoes() throws {
        try ShimFixture.with(
            ["sh", "-c", "stty size; read line; echo got $line"],
            configure: {
                $0.process?.terminal = true
                $0.annotations = ["dev.berth.stdin": "open"]
            }
        ) { fixture in
            _ = try fixture.call(ShimCreate())
            var attach = AttachRequest(stdin: true, stdout: true, stderr: true)
            (attach.rows, attach.columns) = (33, 77)
            let client = try fixture.client(try fixture.reply(ShimStart(attach: attach)).descriptors)
            fixture.run { client.text.contains("33 77") }
            _ = try fixture.call(ShimResize(rows: 40, columns: 100))
            client.send("typed\r")
            fixture.run { client.isAtEnd }
            #expect(client.text.contains("got typed"))
            #expect(try fixture.waitForExit().exitCode == 0)
        }
    }

    @Test func outputOfAContainerWithoutALogIsNotKept() throws {
        try ShimFixture.with(["sh", "-c", "yes | head -c 5000000"], logged: false) { fixture in
            try fixture.start()
            #expect(try fixture.waitForExit().exitCode == 0)
        }
    }

    @Test func aDriverThatHangsDoesNotHideTheExit() throws {
        try ShimFixture.with(["sh", "-c", "echo x; exit 5"]) { fixture in
            _ = try fixture.call(ShimLogStream(), [try fixture.hangingLog()])
            try fixture.start()
            #expect(try fixture.waitForExit().exitCode == 5)
        }
    }
}

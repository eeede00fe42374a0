import BerthAPI
import JSONRPC
import LinuxSystem
import PluginConformance
import TestSupport
import Testing

/// The log driver in Python.
@Suite(.serialized) struct LogTests {
    /// The next file to be opened has the closed bell's number: it was rung instead.
    @Test("a bell that was closed is silent") func closedBell() throws {
        let script = """
            import os
            from berth_plugin.frames import Bell
            bell = Bell()
            bell.close()
            other = os.eventfd(0, os.EFD_NONBLOCK)
            bell.ring()
            bell.close()
            os.eventfd_write(other, 7)
            print(os.eventfd_read(other))
            """
        let output = try run(
            ["python3", "-B", "-c", script], environment: ["PYTHONPATH=\(SDKFixture.tree)/SDK/python"])
        #expect(output.text == "7\n")
        #expect(output.code == 0)
    }

    @Test("lines come back as they were written, over crashes in the middle of a line") func crash() throws {
        try LogStreams.with("sqlite-log") { logs in
            var shim = try logs.open()
            try shim.write("one\ntw", at: 0)
            try shim.write("err", at: 6, stream: 2)
            try logs.fixture.restart()
            shim = try logs.open()
            #expect(shim.resumed == 9)
            // Sent again by a shim that did not see the acknowledgement.
            try shim.write("o\nthree\n", at: 9)
            try shim.write("three\nfour\n", at: 11)
            try shim.end(at: 22)
            try logs.close()
            #expect(try logs.lines() == ["one\n", "two\n", "three\n", "four\n", "err"])
            #expect(try logs.open().resumed == 0)
        }
    }

    @Test("killed again and again in the middle of its work, it has every line once") func killAnywhere() throws {
        try LogStreams.with("sqlite-log") { logs in
            let payload = (0..<20_000).map { "line \($0) \(String(repeating: "x", count: $0 % 97))\n" }.joined()
            let bytes = Array(payload.utf8)
            var (position, rounds) = (0, 0)
            while position < bytes.count {
                let shim = try logs.open()
                #expect(shim.resumed >= UInt64(position), "acknowledged and lost")
                position = Int(shim.resumed)
                rounds += 1
                // What fits into the socket's buffer is on its way when the process dies.
                let end = min(position + 90_000, bytes.count)
                for start in stride(from: position, to: end, by: 7001) {
                    try shim.send(Array(bytes[start..<min(start + 7001, end)]), at: UInt64(start))
                }
                for _ in 0..<(rounds % 4 + 1) where position < end {
                    guard try shim.takeAcknowledgement() else { break }
                    position = Int(shim.acknowledged)
                }
                if position < bytes.count { try logs.fixture.restart() }
            }
            try logs.close()
            #expect(rounds > 3)
            let joined = try logs.lines().joined()
            #expect(joined == payload)
        }
    }

    @Test("tail, since, until and streams choose the lines") func choice() throws {
        try LogStreams.with("sqlite-log") { logs in
            let shim = try logs.open()
            var sequence: UInt64 = 0
            for number in 0..<300 {
                let time = LogStreams.second + Int64(number) * 1_000_000_000
                let line = "line \(number)\n"
                try shim.send(Array(line.utf8), at: sequence, time: time, stream: number % 3 == 0 ? 2 : 1)
                sequence += UInt64(line.utf8.count)
            }
            try shim.waitFor(sequence)
            let all = (0..<300).map { "line \($0)\n" }
            #expect(try logs.lines() == all)
            for tail in [0, 1, 57, 300, 999] { #expect(try logs.lines { $0.tail = tail } == Array(all.suffix(tail))) }
            for number in [0, 150, 299, 400] {
                let time = Timestamp(nanoseconds: LogStreams.second + Int64(number) * 1_000_000_000)
                #expect(try logs.lines { $0.since = time } == Array(all.dropFirst(number)))
                #expect(try logs.lines { $0.until = time } == Array(all.prefix(number + 1)))
            }
            #expect(try logs.lines { $0.stdout = false }.count == 100)
        }
    }

    @Test("followers get what is there, what comes, and the end; a slow one delays nobody") func follow() throws {
        try LogStreams.with("sqlite-log") { logs in
            let shim = try logs.open()
            try shim.write("first\n", at: 0)
            let (quick, slow) = (try logs.reader { $0.follow = true }, try logs.reader { $0.follow = true })
            #expect(try quick.next() == "first\n")
            var sequence: UInt64 = 6
            let chunk = String(repeating: String(repeating: "y", count: 99) + "\n", count: 600)
            for _ in 0..<50 {
                try shim.write(chunk, at: sequence)
                sequence += UInt64(chunk.utf8.count)
            }
            try shim.write("unfinished", at: sequence)
            try shim.end(at: sequence + 10)
            try logs.close()
            #expect(try quick.all().count == 30_001)
            #expect(try slow.all().last == "unfinished")
            let nothing = try logs.reader("nobody") { $0.follow = true }
            #expect(try nothing.next() == nil)
        }
    }

    @Test("the oldest segments go when there are too many") func segments() throws {
        try LogStreams.with("sqlite-log") { logs in
            let shim = try logs.open(options: ["max-size": "1k", "max-file": "2"])
            let line = String(repeating: "z", count: 99) + "\n"
            for number in 0..<100 { try shim.write(line, at: UInt64(number * 100)) }
            #expect((11...22).contains(try logs.lines().count))
            for _ in 0..<2 { _ = try logs.fixture.plugin.call(LogRotate(container: "c1")) }
            #expect(try logs.lines().isEmpty)
        }
    }

    @Test("bad options and ids are refused, logs of nobody are removed") func refusals() throws {
        try LogStreams.with("sqlite-log") { logs in
            let plugin = logs.fixture.plugin
            for options in [["max-size": "0"], ["max-file": "x"], ["colour": "red"]] {
                logs.fixture.expect(.invalidArgument) { _ = try plugin.call(LogValidate(options: options)) }
            }
            for id in ["../x", "", "a/b", ".hidden"] {
                logs.fixture.expect(.invalidArgument) { _ = try plugin.call(LogRemove(container: id)) }
            }
            logs.fixture.expect(.notFound) { _ = try plugin.call(LogRotate(container: "nobody")) }
            let shims = try ["a", "b"].map { try logs.open($0) }
            let result = try plugin.call(LogReconcile(containers: ["b"]))
            #expect(result.removed == ["a"] && result.open == ["b"])
            for _ in 0..<2 { _ = try plugin.call(LogRemove(container: "b")) }
            #expect(try listDirectory("\(logs.fixture.directory)/state").isEmpty)
            _ = shims
        }
    }
}

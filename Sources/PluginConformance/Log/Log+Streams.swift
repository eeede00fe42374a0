import BerthAPI
import JSON
import LinuxSystem

extension LogSubject {
    static let streams: [Check<LogSubject>] = [
        Check("open", "the driver says first where to go on, 0 for a new log, and acknowledges what it stored") { it in
            let stream = try it.open()
            try require(stream.resumed == 0, "a new log goes on from \(stream.resumed)")
            try stream.write("one\ntwo\n", at: 0)
            try stream.write("three\n", at: 8)
            try requireEqual(try it.lines(), ["one\n", "two\n", "three\n"], "read")
        },
        Check("lines", "frames are split and joined into lines, each stream's apart, with the time they came") { it in
            let stream = try it.open()
            let later = LogStream.start + 1_234_567_891
            try stream.write("plain\n\nstar", at: 0)
            try stream.write("err", at: 11, time: later, stream: 2)
            try stream.write("ted\n", at: 14, time: later)
            try stream.write("or\n", at: 18, time: later, stream: 2)
            try stream.write("last\n", at: 21, time: later)
            let lines = try it.reader(LogRead(container: name)).all()
            try requireEqual(
                lines.filter { $0.stream == 1 }.map(\.text), ["plain\n", "\n", "started\n", "last\n"], "stdout")
            try requireEqual(lines.filter { $0.stream == 2 }.map(\.text), ["error\n"], "stderr")
            try require(
                lines.first?.time == LogStream.start && lines.last?.time == later,
                "the first line has time \(lines.first?.time ?? 0), the last \(lines.last?.time ?? 0)")
        },
        Check("any bytes", "what containers write is kept, escapes and letters beyond ASCII included") { it in
            let lines = [
                "<a href=\"x\">&\\\t\r\u{1}\n", "é\u{2028}\u{2029}😀\u{7f}\n", "{\"log\":\"x\"}\n", "%s'; --\n",
            ]
            let text = lines.joined()
            let stream = try it.open()
            try stream.write(text, at: 0)
            try requireEqual(try it.lines(), lines, "read")
            try stream.send(LogStream.frame([0xff, 0xfe, 0x00, 0x0a], at: UInt64(text.utf8.count)))
            try stream.waitFor(UInt64(text.utf8.count) + 4)
            try require(try it.lines().count == 5, "a line that is not UTF-8 is missing")
        },
        Check("long lines", "a line of 200 kB comes whole, in parts marked as such, and so does one without an end") {
            it in
            let line = String(repeating: "0123456789", count: 20_000)
            let stream = try it.open()
            var sequence: UInt64 = 0
            for start in stride(from: 0, to: line.utf8.count, by: 50_000) {
                let piece = String(line.utf8.dropFirst(start).prefix(50_000))!
                try stream.send(LogStream.frame(Array(piece.utf8), at: sequence))
                sequence += 50_000
            }
            try stream.send(LogStream.frame(Array("\nrest".utf8), at: sequence))
            try stream.end(at: sequence + 5)
            try it.close()
            let parts = try it.reader(LogRead(container: name)).all()
            let text = parts.map(\.text).joined()
            try require(text == line + "\nrest" || text == line + "\nrest\n", "\(text.utf8.count) bytes came back")
            let whole = parts.prefix { !$0.text.hasSuffix("\n") }
            try require(whole.allSatisfy { $0.flags & 2 != 0 }, "parts of the line are not marked (flags bit 1)")
        },
        Check("end", "after the end of the log and log.close the next run begins at 0, in the same log") { it in
            for run in 1...3 {
                let stream = try it.open()
                try require(stream.resumed == 0, "run \(run) goes on from \(stream.resumed)")
                try stream.write("run \(run)\n", at: 0)
                try stream.end(at: 6)
                if run == 2 { try it.bench.restart() }
                try it.close()
                try it.close()
            }
            try requireEqual(try it.lines(), ["run 1\n", "run 2\n", "run 3\n"], "read")
        },
        Check("close repeats", "closing what is not open, or never was, succeeds") { it in
            for _ in 0..<2 { try it.close("never-was") }
            try it.write("x\n")
            for _ in 0..<2 { try it.close() }
        },
        Check("open replaces", "opening again ends the old stream and goes on from what is stored") { it in
            let first = try it.open()
            try first.write("one\ntw", at: 0)
            let second = try it.open()
            try require(second.resumed == 6, "it goes on from \(second.resumed), and 6 bytes were acknowledged")
            try first.waitForEnd()
            try second.write("o\n", at: 6)
            try requireEqual(try it.lines(), ["one\n", "two\n"], "read")
        },
        Check("gaps", "bytes that were dropped before they came are no error") { it in
            let stream = try it.open()
            try stream.write("a\n", at: 0)
            try stream.write("b\n", at: 1000)
            let next = try it.open()
            try require(next.resumed == 1002, "it goes on from \(next.resumed), not 1002")
            try requireEqual(try it.lines(), ["a\n", "b\n"], "read")
        },
        Check("nonsense on a stream", "a frame that is none ends its stream, and nothing else") { it in
            let (good, bad) = (try it.open("good"), try it.open("bad"))
            try good.write("a\n", at: 0)
            try bad.write("b\n", at: 0)
            try bad.send([UInt8](repeating: 0xff, count: 24))
            try bad.waitForEnd()
            try good.write("c\n", at: 2)
            try requireEqual(try it.lines("good"), ["a\n", "c\n"], "read")
            try requireEqual(try it.lines("bad"), ["b\n"], "read")
            let next = try it.open("bad")
            try require(next.resumed == 2, "it goes on from \(next.resumed), not 2")
        },
        Check("options", "no options are fine; one that is not known is refused by validate and open") { it in
            try it.call(LogValidate(options: [:]))
            let options = ["no-such-option": "1"]
            try requireError(.invalidArgument, in: "validate") { try it.call(LogValidate(options: options)) }
            try requireError(.invalidArgument, in: "open") {
                let ends = try UnixSocket.pair().take { [$0.shared(), $1.shared()] }
                try it.bench.call(LogOpen(container: name, options: options), descriptors: [ends[0]])
            }
        },
        Check("open without a stream", "log.open without its descriptor is an invalidArgument") { it in
            try requireError(.invalidArgument, in: "open") { try it.call(LogOpen(container: name)) }
            try it.bench.requireAlive(after: "an open without a descriptor")
        },
        Check("hostile names", "containers whose names are paths, empty or endless are refused; nothing is touched") {
            it in
            let sentinel = "\(it.bench.directory)/state-of-others"
            try makeDirectory(sentinel)
            for container in HostileNames.paths {
                try requireError(.invalidArgument, in: "open of '\(container.prefix(40))'") {
                    _ = try it.open(container)
                }
            }
            for container in ["../state-of-others", "../../state-of-others", sentinel] {
                do { try it.remove(container) } catch is BerthError {}
                do { _ = try it.lines(container) } catch is BerthError {}
            }
            try require(fileExists(sentinel), "a folder outside was removed")
            try removeDirectory(sentinel)
        },
        Check("wrong parameters", "parameters that are missing or of the wrong type are an error") { it in
            let wire = try it.bench.session
            for method in [LogOpen.name, LogClose.name, LogRead.name, LogRemove.name, LogRotate.name] {
                try wire.callExpectingError(method, [:], "\(method) without parameters")
                try wire.callExpectingError(method, ["container": 7], "\(method) of a number")
            }
            try wire.callExpectingError(LogValidate.name, ["options": ["a": 1]], "options that are no texts")
            try wire.callExpectingError(LogReconcile.name, ["containers": "all"], "reconcile of a text")
            try it.bench.requireAlive(wire, after: "wrong parameters")
        },
    ]
}

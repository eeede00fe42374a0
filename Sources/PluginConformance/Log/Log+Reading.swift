import BerthAPI
import LinuxSystem

extension LogSubject {
    static let reading: [Check<LogSubject>] = [
        Check("choice of lines", "tail, since, until and the streams choose lines") { it in
            _ = try it.fill(300)
            let all = (0..<300).map { "line \($0)\n" }
            try requireEqual(try it.lines(), all, "everything")
            for tail in [0, 1, 57, 299, 300, 9999] {
                try requireEqual(try it.lines { $0.tail = tail }, Array(all.suffix(tail)), "the last \(tail)")
            }
            // Between two lines, so that it does not matter whether the bounds are among the chosen.
            let time = Timestamp(nanoseconds: LogStream.start + 149_500_000_000)
            try requireEqual(try it.lines { $0.since = time }, Array(all[150...]), "since the middle")
            try requireEqual(try it.lines { $0.until = time }, Array(all[..<150]), "until the middle")
            let errors = (0..<300).filter { $0 % 3 == 0 }.map { "line \($0)\n" }
            try requireEqual(try it.lines { $0.stdout = false }, errors, "stderr alone")
            let output = try it.lines { request in
                request.stderr = false
                request.tail = 2
            }
            try requireEqual(output, ["line 298\n", "line 299\n"], "the last two of stdout")
        },
        Check("nothing to read", "a container without a log, closed or followed, has no lines") { it in
            try requireEqual(try it.lines("never-was"), [], "read")
            try requireEqual(try it.lines("never-was") { $0.follow = true }, [], "followed")
            try it.write("")
            try requireEqual(try it.lines { $0.follow = true }, [], "an empty log")
        },
        Check("follow", "followers get what is there, each line that comes, and the end with log.close") { it in
            let stream = try it.open()
            try stream.write("first\n", at: 0)
            let readers = try (0..<3).map { _ in
                try Self.reader(it.bench.connect(), LogRead(container: name, follow: true))
            }
            for reader in readers { try require(try reader.next()?.text == "first\n", "the first line is missing") }
            var sequence: UInt64 = 6
            for number in 0..<100 {
                let line = "line \(number)\n"
                try stream.write(line, at: sequence)
                sequence += UInt64(line.utf8.count)
                // Only the first keeps up.
                let seen = try readers[0].next()?.text
                try require(seen == line, "\(seen ?? "nothing") came, not \(line)")
            }
            try stream.end(at: sequence)
            try it.close()
            try requireEqual(try readers[0].all().map(\.text), [], "after the end")
            for reader in readers[1...] {
                try requireEqual(try reader.all().map(\.text), (0..<100).map { "line \($0)\n" }, "the slower ones")
            }
        },
        Check("follow with a tail", "a follower may begin with the last lines only") { it in
            let stream = try it.fill(10)
            var request = LogRead(container: name, follow: true)
            request.tail = 2
            let reader = try Self.reader(it.bench.connect(), request)
            try requireEqual(
                try [reader.next(), reader.next()].compactMap { $0?.text }, ["line 8\n", "line 9\n"], "tail")
            let sequence = stream.acknowledged
            try stream.write("more\n", at: sequence)
            try stream.end(at: sequence + 5)
            try it.close()
            try requireEqual(try reader.all().map(\.text), ["more\n"], "followed")
        },
        Check("slow followers", "a follower that does not read delays neither the container nor other readers") { it in
            let stream = try it.open()
            let slow = try Self.reader(it.bench.connect(), LogRead(container: name, follow: true))
            let chunk = String(repeating: String(repeating: "y", count: 99) + "\n", count: 600)
            for number in 0..<40 { try stream.write(chunk, at: UInt64(number * chunk.utf8.count)) }
            try require(try it.lines { $0.tail = 5 }.count == 5, "another reader gets nothing")
            try stream.end(at: UInt64(40 * chunk.utf8.count))
            try it.close()
            let count = try slow.all().count
            try require(count == 24_000, "the slow follower got \(count) lines of 24000")
        },
        Check("readers that leave", "readers that go away in the middle harm nobody") { it in
            let stream = try it.fill(1000)
            for _ in 0..<10 { _ = try it.reader(LogRead(container: name, follow: true)).next() }
            for _ in 0..<10 { _ = try it.reader(LogRead(container: name)) }
            let sequence = stream.acknowledged
            try stream.write("more\n", at: sequence)
            try requireEqual(try it.lines { $0.tail = 1 }, ["more\n"], "the last line")
        },
        Check("rotate", "after log.rotate, once or twice, new lines are kept; rotating nothing harms nothing") { it in
            let stream = try it.open()
            try stream.write("one\n", at: 0)
            for _ in 0..<2 { try it.call(LogRotate(container: name)) }
            try stream.write("two\n", at: 4)
            try requireEqual(try it.lines { $0.tail = 1 }, ["two\n"], "the last line")
            do { try it.call(LogRotate(container: "never-was")) } catch let error as BerthError
                where error.kind == .notFound
            {}
        },
        Check("remove", "a removed log is gone; removing it again succeeds, and a new one begins at 0") { it in
            try it.write("old\n")
            for _ in 0..<2 { try it.remove() }
            try it.remove("never-was")
            try requireEqual(try it.lines(), [], "after the removal")
            let stream = try it.open()
            try require(stream.resumed == 0, "it goes on from \(stream.resumed)")
            try stream.write("new\n", at: 0)
            try requireEqual(try it.lines(), ["new\n"], "the new log")
        },
        Check("reconcile", "logs of containers that are not named are removed, and open streams are told") { it in
            let streams = try ["a", "b", "c"].map { try it.open($0) }
            for stream in streams { try stream.write("x\n", at: 0) }
            try streams[1].end(at: 2)
            try it.close("b")
            let result = try it.call(LogReconcile(containers: ["a", "b", "nothing"]))
            try requireEqual(result.removed, ["c"], "removed")
            try requireEqual(result.open, ["a"], "open")
            try requireEqual(try it.lines("c"), [], "the removed log")
            try requireEqual(try it.lines("b"), ["x\n"], "a log that stays")
            let again = try it.call(LogReconcile(containers: ["a", "b", "nothing"]))
            try requireEqual(again.removed, [], "removed when repeated")
        },
        Check("negative sizes", "a negative tail is refused or everything, and the plugin goes on") { it in
            _ = try it.fill(3)
            do { _ = try it.lines { $0.tail = -1 } } catch is BerthError {}
            do { _ = try it.lines { $0.tail = Int.max } } catch is BerthError {}
            do { _ = try it.lines { $0.since = Timestamp(nanoseconds: .min) } } catch is BerthError {}
            try it.bench.requireAlive(after: "sizes that make no sense")
        },
    ]
}

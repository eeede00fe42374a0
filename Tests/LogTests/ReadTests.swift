import BerthAPI
import LinuxSystem
import PluginConformance
import Testing

struct ReadTests {
    /// Writes `count` lines, one a second, every third to stderr.
    private func fill(_ fixture: LogFixture, _ count: Int, options: [String: String] = [:]) throws -> Shim {
        let shim = try fixture.open(options: options)
        var sequence: UInt64 = 0
        var bytes: [UInt8] = []
        for number in 0..<count {
            let line = Array("line \(number)\n".utf8)
            let time = second + Int64(number) * 1_000_000_000
            bytes += Shim.frame(line, at: sequence, time: time, stream: number % 3 == 0 ? 2 : 1)
            sequence += UInt64(line.count)
        }
        try shim.send(bytes)
        try shim.waitFor(sequence)
        return shim
    }

    @Test("tail, since, until and streams choose the lines", arguments: [[:], ["max-size": "4k", "max-file": "1000"]])
    func choice(_ options: [String: String]) throws {
        try LogFixture.with { fixture in
            let shim = try fill(fixture, 5000, options: options)
            let all = (0..<5000).map { "line \($0)\n" }
            #expect(try fixture.lines() == all)
            for tail in [0, 1, 2, 57, 4999, 5000, 9999] {
                #expect(try fixture.lines(tail: tail) == Array(all.suffix(tail)))
            }
            for number in [0, 1, 2500, 4998, 4999, 6000] {
                let time = Timestamp(nanoseconds: second + Int64(number) * 1_000_000_000)
                #expect(try fixture.lines { $0.since = time } == Array(all.dropFirst(number)))
                #expect(try fixture.lines { $0.until = time } == Array(all.prefix(number + 1)))
            }
            #expect(try fixture.lines { $0.stdout = false }.count == 1667)
            #expect(try fixture.lines(tail: 3) { $0.stderr = false } == ["line 4997\n", "line 4999\n"])
            let line = try #require(try fixture.reader(LogRead(container: "c1")).next())
            #expect(line == ReadLine(text: "line 0\n", time: second, stream: 2, flags: 0))
            _ = shim
        }
    }

    @Test("files are rotated before the line that would follow, and the oldest goes") func rotation() throws {
        try LogFixture.with { fixture in
            let shim = try fill(fixture, 300, options: ["max-size": "1k", "max-file": "3"])
            #expect(
                try listDirectory(parentDirectory(fixture.path())).sorted()
                    == ["c1-json.log", "c1-json.log.1", "c1-json.log.2", "state"])
            for index in 1...2 {
                let size = try fixture.text("c1", index).utf8.count
                #expect((1024..<1124).contains(size))
            }
            let lines = try fixture.lines()
            #expect(lines == (0..<300).suffix(lines.count).map { "line \($0)\n" })
            _ = try fixture.plugin.call(LogRotate(container: "c1"))
            #expect(try fixture.text() == "")
            _ = shim
        }
    }

    @Test("followers get what is there, what comes over rotations, and the end") func follow() throws {
        try LogFixture.with { fixture in
            let shim = try fixture.open(options: ["max-size": "2k", "max-file": "100"])
            try shim.write(Array("first\n".utf8), at: 0)
            let readers = try (0..<3).map { _ in try fixture.reader(LogRead(container: "c1", follow: true)) }
            for reader in readers { #expect(try reader.next()?.text == "first\n") }
            var sequence: UInt64 = 6
            for number in 0..<500 {
                let line = Array("line \(number)\n".utf8)
                try shim.write(line, at: sequence)
                sequence += UInt64(line.count)
                // Only the first reader keeps up.
                #expect(try readers[0].next()?.text == "line \(number)\n")
            }
            try shim.write(Array("unfinished".utf8), at: sequence)
            try shim.end(at: sequence + 10)
            try fixture.close()
            #expect(try readers[0].all().map(\.text) == ["unfinished"])
            let expected = (0..<500).map { "line \($0)\n" } + ["unfinished"]
            for reader in readers[1...] { #expect(try reader.all().map(\.text) == expected) }
        }
    }
}

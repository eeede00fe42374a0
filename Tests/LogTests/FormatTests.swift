import BerthAPI
import LinuxSystem
import PluginConformance
import Testing

/// What is in the file, byte for byte.
struct FormatTests {
    @Test("lines are docker's, with its escapes, streams and times") func bytes() throws {
        try LogFixture.with { fixture in
            let shim = try fixture.open()
            #expect(shim.resumed == 0)
            let first = Array("plain\n<a href=\"x\">&\\\t\r\u{1}é\u{2028}\u{2029}😀\u{7f}\n\n".utf8)
            try shim.write(first, at: 0, time: second + 123_456_789)
            let second1: [UInt8] = [0xff, 0x61, 0xe2, 0x82, 0x62, 0xed, 0xa0, 0x80, 0x0a]
            try shim.write(second1, at: UInt64(first.count), time: second + 500_000_000, stream: 2)
            let third = Array("whole second\nno end".utf8)
            try shim.write(third, at: UInt64(first.count + second1.count), time: second)
            try shim.end(at: UInt64(first.count + second1.count + third.count), time: second + 1_000_000_000)
            try fixture.close()
            let expected = #"""
                {"log":"plain\n","stream":"stdout","time":"2026-11-23T10:00:00.123456789Z"}
                {"log":"\u003ca href=\"x\"\u003e\u0026\\\u0009\r\u0001é\u2028\u2029😀DEL\n","stream":"stdout","time":"2026-11-23T10:00:00.123456789Z"}
                {"log":"\n","stream":"stdout","time":"2026-11-23T10:00:00.123456789Z"}
                {"log":"\ufffda\ufffd\ufffdb\ufffd\ufffd\ufffd\n","stream":"stderr","time":"2026-11-23T10:00:00.5Z"}
                {"log":"whole second\n","stream":"stdout","time":"2026-11-23T10:00:00Z"}
                {"log":"no end","stream":"stdout","time":"2026-11-23T10:00:01Z"}

                """#.replacing("DEL", with: "\u{7f}")
            #expect(try fixture.text() == expected)
            let folder = try DirectoryEntry.openAbsolute(BytePath(parentDirectory(fixture.path())))
            #expect(try DirectoryEntry.status(folder.raw, BytePath("c1-json.log")).mode & 0o777 == 0o640)
        }
    }

    @Test("a line of more than 16 KiB is several entries, and no character is cut") func longLines() throws {
        try LogFixture.with { fixture in
            let shim = try fixture.open()
            // 16,383 bytes, a character of two bytes across the limit, and a rest; in pieces as a pipe gives them.
            let line = Array((String(repeating: "a", count: 16_383) + "é" + String(repeating: "b", count: 20_000)).utf8)
            var sequence: UInt64 = 0
            for start in stride(from: 0, to: line.count, by: 5000) {
                let piece = Array(line[start..<min(start + 5000, line.count)])
                try shim.write(piece, at: sequence)
                sequence += UInt64(piece.count)
            }
            try shim.write([0x0a], at: sequence)
            let lines = try fixture.reader(LogRead(container: "c1")).all()
            #expect(lines.map(\.text.utf8.count) == [16_383, 16_384, 3619])
            #expect(lines.map(\.flags) == [2, 2, 0])
            #expect(lines.map(\.text).joined().utf8.elementsEqual(line + [0x0a]))
        }
    }

    @Test("labels and a tag become attributes") func attributes() throws {
        try LogFixture.with { fixture in
            let options = ["labels": "zone,absent,app", "tag": "{{.Name}}/{{ .ID }}", "max-size": "10m", "env": "A"]
            let shim = try fixture.open(options: options, labels: ["app": "a\"b", "zone": "z", "other": "o"])
            try shim.write(Array("x\n".utf8), at: 0)
            #expect(
                try fixture.text() == #"""
                    {"log":"x\n","stream":"stdout","attrs":{"app":"a\"b","tag":"web/c1","zone":"z"},"time":"2026-11-23T10:00:00Z"}

                    """#)
            #expect(try fixture.lines() == ["x\n"])
        }
    }

    @Test(
        "options that make no sense are refused",
        arguments: [
            ["colour": "red"], ["max-size": "-1"], ["max-size": "ten"], ["max-file": "0"], ["mode": "fast"],
            ["max-buffer-size": "1m"], ["tag": "{{.Nothing}}"], ["tag": "{{"],
        ])
    func options(_ options: [String: String]) throws {
        try LogFixture.with { fixture in
            let error = #expect(throws: BerthError.self) {
                _ = try fixture.plugin.call(LogValidate(options: options))
            }
            #expect(error?.kind == .invalidArgument)
        }
    }

    @Test("an unknown option is named as docker names it") func unknownOption() throws {
        try LogFixture.with { fixture in
            let error = #expect(throws: BerthError.self) {
                _ = try fixture.plugin.call(LogValidate(options: ["x": "1"]))
            }
            #expect(error?.message == "unknown log opt 'x' for json-file log driver")
            let good = ["max-size": "10m", "max-file": "3", "mode": "non-blocking", "max-buffer-size": "4m"]
            _ = try fixture.plugin.call(LogValidate(options: good))
        }
    }
}

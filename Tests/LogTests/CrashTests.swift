import BerthAPI
import LinuxSystem
import PluginConformance
import Testing

/// SIGKILL loses nothing and doubles nothing, over rotations and torn writes too; the rest is in the conformance suite.
@Suite(.serialized) struct CrashTests {
    @Test("after a crash the stream goes on where it was stored, in the middle of a line too") func resume() throws {
        try LogFixture.with { fixture in
            var shim = try fixture.open()
            try shim.write(Array("one\ntw".utf8), at: 0)
            try shim.write(Array("err".utf8), at: 6, stream: 2)
            try fixture.restart()
            // What a batch that was not acknowledged left behind.
            try append(Array(#"{"log":"torn"#.utf8), to: fixture.path())
            shim = try fixture.open()
            #expect(shim.resumed == 9)
            try shim.write(Array("o\nthree\n".utf8), at: 9)
            try fixture.restart()
            shim = try fixture.open()
            #expect(shim.resumed == 17)
            // Sent again by a shim that did not see the acknowledgement.
            try shim.write(Array("three\nfour\n".utf8), at: 11)
            try shim.end(at: 22)
            try fixture.close()
            #expect(try fixture.lines() == ["one\n", "two\n", "three\n", "four\n", "err"])
        }
    }

    @Test("killed again and again in the middle of its work, it has every line once") func killAnywhere() throws {
        try LogFixture.with { fixture in
            let payload = (0..<60_000).flatMap { number in
                Array("line \(number) \(String(repeating: "x", count: number % 97))\n".utf8)
            }
            var position = 0
            var rounds = 0
            while position < payload.count {
                let shim = try fixture.open(options: ["max-size": "1m", "max-file": "50"])
                #expect(shim.resumed <= UInt64(payload.count))
                #expect(shim.resumed >= UInt64(position), "acknowledged and lost")
                position = Int(shim.resumed)
                let kill = rounds % 8 + 1
                rounds += 1
                var acknowledgements = 0
                // A writer of its own, so that the crash comes while frames are on their way.
                let sender = BackgroundCall { [position] in
                    for start in stride(from: position, to: payload.count, by: 7001) {
                        let piece = Array(payload[start..<min(start + 7001, payload.count)])
                        try shim.send(Shim.frame(piece, at: UInt64(start), time: second, stream: 1))
                    }
                }
                while position < payload.count, acknowledgements < kill, try shim.takeAcknowledgement() {
                    acknowledgements += 1
                    position = Int(shim.acknowledged)
                }
                if position < payload.count { try fixture.restart() }
                sender.wait()
            }
            try fixture.close()
            #expect(rounds > 3)
            let lines = try fixture.lines()
            #expect(lines.count == 60_000)
            #expect(lines.joined().utf8.elementsEqual(payload))
        }
    }
}

private func append(_ bytes: [UInt8], to path: String) throws {
    let file = try Folder.open(parentDirectory(path)).open(String(path.split(separator: "/").last!), .readWrite)
    try RegularFile.write(file.raw, bytes, at: try RegularFile.size(file.raw))
}

/// Work on a thread of its own whose failure does not matter.
final class BackgroundCall: Sendable {
    private let done = Monitor(false)

    init(_ body: @escaping () throws -> Void) {
        nonisolated(unsafe) let body = body
        do {
            try Thread.spawn(name: "call") { [done] in
                try? body()
                done.withLock { $0 = true }
                done.wakeAll()
            }
        } catch {
            done.withLock { $0 = true }
        }
    }

    func wait() { _ = done.wait { $0 ? true : nil } }
}

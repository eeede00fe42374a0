import BerthAPI
import JSONRPC
import LinuxSystem
import PluginConformance
import Synchronization
import Testing

/// What SIGKILL leaves, at any moment.
@Suite(.serialized) struct CrashTests {
    @Test("a layer interrupted by a crash is unpacked again, completely and without leftovers")
    func killDuringApply() throws {
        try OverlayFixture.with { fixture in
            let blob = try memoryFile(manyFiles(20_000))
            _ = try fixture.prepare("base")
            let content = try #require(try fixture.names("snapshots").first)
            let call = BackgroundCall { _ = try fixture.apply(blob, to: "base") }
            // The event to wait for: the first folder of the layer.
            try waitUntil { try !listDirectory("\(fixture.state)/snapshots/\(content)/fs").isEmpty }
            fixture.plugin.kill()
            #expect(throws: BerthError.self) { try call.result() }
            try fixture.plugin.start()
            #expect(try fixture.kinds() == ["base": .active])
            #expect {
                try fixture.commit("base", as: "c")
            } throws: { ($0 as? BerthError)?.kind == .failedPrecondition }

            var small = TarBuilder()
            small.file("only", "x")
            _ = try fixture.apply(try memoryFile(small.finished()), to: "base")
            #expect(try listDirectory("\(fixture.state)/snapshots/\(content)/fs") == ["only"])
            try fixture.commit("base", as: "c")
            try fixture.remove("c")
            try fixture.expectNothingLeft()
        }
    }

    @Test("snapshots survive crashes between and during calls; each call is done or not done")
    func killAnywhere() throws {
        try OverlayFixture.with { fixture in
            var tar = TarBuilder()
            tar.file("f", "x")
            let blob = try memoryFile(tar.finished())
            for round in 0..<25 {
                let keys = (0..<4).map { "r\(round)-\($0)" }
                let started = Monitor(0)
                let calls = keys.map { key in
                    BackgroundCall {
                        _ = try fixture.prepare(key)
                        started.withLock { $0 += 1 }
                        started.wakeAll()
                        _ = try fixture.apply(blob, to: key)
                        try fixture.commit(key, as: key + "-c")
                        try fixture.remove(key + "-c")
                    }
                }
                // Each round is cut off at another point of the four calls' work.
                _ = started.wait { $0 > round % 5 - 1 ? true : nil }
                fixture.plugin.kill()
                for call in calls { _ = try? call.result() }
                try fixture.plugin.start()
                for key in keys {
                    let kinds = try fixture.kinds()
                    #expect(kinds[key] == nil || kinds[key] == .active)
                    #expect(kinds[key + "-c"] == nil || kinds[key + "-c"] == .committed)
                    #expect(kinds[key] == nil || kinds[key + "-c"] == nil, "both keys of one snapshot")
                    // Repeating what was under way finishes it, from wherever it stood.
                    if kinds[key + "-c"] == nil {
                        _ = try fixture.prepare(key)
                        _ = try fixture.apply(blob, to: key)
                    }
                    try fixture.commit(key, as: key + "-c")
                    try fixture.remove(key + "-c")
                }
            }
            try fixture.expectNothingLeft()
        }
    }

    @Test("a snapshot removed before a crash stays removed, and its space is freed at the next start")
    func killDuringRemove() throws {
        try OverlayFixture.with { fixture in
            _ = try fixture.prepare("big")
            _ = try fixture.apply(try memoryFile(manyFiles(5_000)), to: "big")
            try fixture.remove("big")
            try fixture.restart()
            #expect(try fixture.kinds().isEmpty)
            try fixture.expectNothingLeft()
        }
    }

    @Test("a folder without a readable record is put aside, not deleted")
    func damagedRecord() throws {
        try OverlayFixture.with { fixture in
            _ = try fixture.prepare("a")
            _ = try fixture.prepare("b")
            fixture.plugin.kill()
            try writeFile("\(fixture.state)/snapshots/1/snapshot.json", Array("{".utf8))
            try fixture.plugin.start()
            #expect(try fixture.kinds() == ["b": .active])
            #expect(try fixture.names("lost") == ["1"])
            _ = try fixture.prepare("a")
            #expect(try fixture.names("snapshots") == ["2", "3"])
        }
    }

    @Test("a second process cannot serve the same state")
    func oneProcess() throws {
        try OverlayFixture.with { fixture in
            let executable = try OverlayFixture.executable()
            #expect {
                _ = try PluginUnderTest(executable: executable, directory: fixture.directory)
            } throws: { ($0 as? BerthError)?.kind == .unavailable }
        }
    }
}

/// Work on a thread of its own.
final class BackgroundCall: Sendable {
    private let outcome = Monitor<Result<Void, any Error>?>(nil)

    init(_ body: @escaping @Sendable () throws -> Void) {
        do {
            try Thread.spawn(name: "call") { [outcome] in
                let result = Result { try body() }
                outcome.withLock { $0 = result }
                outcome.wakeAll()
            }
        } catch {
            outcome.withLock { $0 = .failure(error) }
        }
    }

    func result() throws { try outcome.wait { $0 }!.get() }
}

/// Looks again and again until a condition of the file system holds.
func waitUntil(_ condition: () throws -> Bool) throws {
    let deadline = MonotonicTime.now + .seconds(60)
    while try !condition() { try #require(.now < deadline, "it never came to be") }
}

extension OverlayFixture {
    /// Nothing of any snapshot is on disk, once the background has done its work.
    func expectNothingLeft() throws {
        #expect(try kinds().isEmpty)
        _ = try plugin.call(SnapshotCleanup())
        for folder in ["snapshots", "new", "trash", "lost"] { #expect(try names(folder) == []) }
    }
}

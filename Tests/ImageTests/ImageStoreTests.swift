import BerthAPI
import ContentStore
import LinuxSystem
import OCISpec
import PluginConformance
import Supervisor
import Testing

@testable import Engine

/// Names, lists, removal and garbage collection, as docker has them.
@Suite struct ImageStoreTests {
    private func withImages(_ body: (ImageFixture) async throws -> Void) async throws {
        try await ImageFixture.with { fixture in
            try fixture.publish("library/a", try fixture.makeImage("library/a", layers: ["base", "a"]))
            try fixture.publish("library/b", tag: "v1", try fixture.makeImage("library/b", layers: ["base", "b", "c"]))
            _ = try await fixture.pull("a")
            _ = try await fixture.pull("b:v1")
            try await body(fixture)
        }
    }

    @Test func findsByNameIdAndPrefix() async throws {
        try await withImages { fixture in
            let image = try await fixture.manager.resolve("a")
            let digest = try #require(fixture.manager.catalog.name("docker.io/library/a:latest")).target.digest
            for text in [
                "a:latest", "docker.io/library/a", image.id, image.hex, String(image.hex.prefix(12)),
                "sha256:" + image.hex.prefix(8), "a@\(digest)", "a:other@\(digest)",
            ] {
                #expect(try await fixture.manager.resolve(text).id == image.id, "\(text)")
            }
            for text in ["a:v2", "sha256:" + String(repeating: "0", count: 64), "docker.io/a/b"] {
                await #expect(throws: BerthError.self) { _ = try await fixture.manager.resolve(text) }
            }
        }
    }

    @Test func listsNewestFirstWithFilters() async throws {
        try await withImages { fixture in
            let manager = fixture.manager
            func names(_ filters: [String: [String]]) async throws -> [String] {
                try await manager.list(filters: filters).flatMap(\.references)
            }
            try await manager.tag("a", as: "localhost:5000/team/a:x")
            let all = try await names([:])
            #expect(all == ["b:v1", "a:latest", "localhost:5000/team/a:x"])
            #expect(try await names(["reference": ["a"]]) == ["a:latest"])
            #expect(try await names(["reference": ["*:v?"]]) == ["b:v1"])
            #expect(try await names(["reference": ["localhost:5000/*/a*"]]) == ["localhost:5000/team/a:x"])
            #expect(try await names(["before": ["b:v1"]]) == ["a:latest", "localhost:5000/team/a:x"])
            #expect(try await names(["since": ["a"]]) == ["b:v1"])
            #expect(try await names(["dangling": ["true"]]) == [])
            await #expect(throws: BerthError.self) { _ = try await manager.list(filters: ["color": ["red"]]) }
            let detail = try await manager.inspect("a")
            #expect(detail.layers.count == 2 && detail.summary.digests == ["a@\(detail.manifestDigest)"])
        }
    }

    @Test func untagsThenDeletes() async throws {
        try await withImages { fixture in
            let manager = fixture.manager
            let (a, b) = (try await manager.resolve("a"), try await manager.resolve("b:v1"))
            try await manager.tag("a", as: "alias:1")
            let untagged = try await manager.remove("alias:1", force: false)
            #expect(untagged.untagged == ["alias:1"] && untagged.deleted.isEmpty)
            let removed = try await manager.remove("a", force: false)
            #expect(removed.untagged == ["a:latest", "a@\(a.manifest.digest)"])
            #expect(removed.deleted == [a.id, a.chainIDs[1]])
            let (blobs, snapshots) = (try fixture.blobs(), try await fixture.snapshots())
            #expect(blobs == Set(b.blobs))
            #expect(Set(snapshots.map(\.key)) == Set(b.chainIDs))
            _ = try await manager.remove("b:v1", force: false)
            let (left, none) = (try fixture.blobs(), try await fixture.snapshots())
            #expect(left.isEmpty && none.isEmpty)
        }
    }

    @Test func refusesWhatWouldSurprise() async throws {
        try await withImages { fixture in
            let manager = try await fixture.restarted { _ in ["0123456789abcdef"] }
            let id = try await manager.resolve("a").id
            try await manager.tag("a", as: "alias:1")
            let many = await #expect(throws: BerthError.self) { _ = try await manager.remove(id, force: false) }
            #expect(many?.kind == .conflict && many?.message.contains("multiple repositories") == true)
            _ = try await manager.remove("alias:1", force: false)
            let used = await #expect(throws: BerthError.self) { _ = try await manager.remove("a", force: false) }
            #expect(used?.kind == .conflict && used?.message.contains("container 0123456789ab") == true)
            let forced = try await manager.remove("a", force: true)
            #expect(forced.deleted.first == id)
        }
    }

    @Test func keepsWhatAContainerStandsOn() async throws {
        try await withImages { fixture in
            let image = try await fixture.manager.resolve("a")
            _ = try await fixture.plugins.call(
                SnapshotPrepare(key: "container", parent: image.chainIDs[1]), on: "overlay")
            _ = try await fixture.manager.remove("a", force: true)
            _ = try await fixture.manager.remove("b:v1", force: true)
            let kept = try await fixture.snapshots()
            #expect(Set(kept.map(\.key)) == Set(image.chainIDs + ["container"]))
            _ = try await fixture.plugins.call(SnapshotRemove(key: "container"), on: "overlay")
            await fixture.manager.collectGarbage()
            let left = try await fixture.snapshots()
            #expect(left.isEmpty)
        }
    }

    @Test func collectsWhatACrashLeft() async throws {
        try await withImages { fixture in
            let image = try await fixture.manager.resolve("a")
            _ = try fixture.content.write(Array("nobody's".utf8))
            let labels = [Unpacker.Label.owner: Unpacker.Label.ownerValue]
            _ = try await fixture.plugins.call(
                SnapshotPrepare(key: Unpacker.activePrefix + "sha256:dead", labels: labels), on: "overlay")
            _ = try await fixture.plugins.call(SnapshotPrepare(key: "someone-elses"), on: "overlay")
            let other = try await fixture.manager.resolve("b:v1")
            let manager = try await fixture.restarted()
            await manager.collectGarbage()
            let (blobs, snapshots) = (try fixture.blobs(), try await fixture.snapshots())
            #expect(blobs == Set(image.blobs + other.blobs))
            #expect(Set(snapshots.map(\.key)) == Set(image.chainIDs + other.chainIDs + ["someone-elses"]))
        }
    }

    @Test func collectsWhilePulling() async throws {
        try await ImageFixture.with { fixture in
            for number in 0..<4 {
                let name = "library/i\(number)"
                try fixture.publish(name, try fixture.makeImage(name, layers: ["base", "l\(number)", "m\(number)"]))
            }
            for _ in 0..<3 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<4 { group.addTask { _ = try await fixture.pull("i\(number)") } }
                    for _ in 0..<8 { group.addTask { await fixture.manager.collectGarbage() } }
                    try await group.waitForAll()
                }
                for number in 0..<4 {
                    let image = try await fixture.manager.resolve("i\(number)")
                    for blob in image.blobs { #expect(try fixture.blobs().contains(blob)) }
                    let keys = Set(try await fixture.snapshots().map(\.key))
                    #expect(keys.isSuperset(of: image.chainIDs))
                    _ = try await fixture.manager.remove("i\(number)", force: false)
                }
            }
            let (blobs, snapshots) = (try fixture.blobs(), try await fixture.snapshots())
            #expect(blobs.isEmpty && snapshots.isEmpty)
        }
    }

    @Test func pushesToTheRegistry() async throws {
        try await withImages { fixture in
            try await fixture.manager.tag("a", as: "pushed:v9")
            let result = try await fixture.manager.push(ImagePush(reference: "pushed:v9")) { _ in }
            let image = try await fixture.manager.resolve("a")
            #expect(result.digest == image.manifest.digest)
            _ = try await fixture.manager.remove("pushed:v9", force: false)
            let pulled = try await fixture.pull("pushed:v9")
            #expect(pulled.id == image.id)
            for reference in ["nosuch", "a@\(image.manifest.digest)"] {
                await #expect(throws: BerthError.self) {
                    _ = try await fixture.manager.push(ImagePush(reference: reference)) { _ in }
                }
            }
        }
    }

    @Test(arguments: [
        ("*", "abc", true), ("a*c", "abbc", true), ("a?c", "abc", true), ("a?c", "a/c", false), ("*", "a/b", false),
        ("*/b", "a/b", true), ("", "", true), ("", "a", false), ("a**", "a", true), ("b*", "ab", false),
    ])
    func matchesPatterns(_ pattern: String, _ text: String, _ expected: Bool) {
        #expect(Glob(pattern).matches(text) == expected)
    }
}

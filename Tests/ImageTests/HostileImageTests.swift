import BerthAPI
import ContentStore
import JSON
import LinuxSystem
import OCISpec
import Testing

@testable import Engine

/// What registries may say of images, each refused with a reason, and nothing recorded.
@Suite struct HostileImageTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var kind: ErrorKind
        var reason: String
        var change: @Sendable (inout ImageManifest, inout ImageConfiguration) -> Void
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "unknown layer type", kind: .unimplemented, reason: "unknown media type application/x-rar") { m, _ in
            m.layers[0].mediaType = "application/x-rar"
        },
        Case(name: "foreign layer", kind: .unimplemented, reason: "fetched from elsewhere") { m, _ in
            m.layers[0].urls = ["http://example.com/layer"]
        },
        Case(name: "foreign media type", kind: .unimplemented, reason: "fetched from elsewhere") { m, _ in
            m.layers[0].mediaType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
        },
        Case(name: "artifact", kind: .unimplemented, reason: "not an image but application/vnd.example") { m, _ in
            m.config.mediaType = "application/vnd.example"
            m.config.digest = m.layers[0].digest
        },
        Case(name: "digest that is a path", kind: .corrupted, reason: "not a valid descriptor") { m, _ in
            m.layers[0].digest = "sha256:../../../../etc/passwd"
        },
        Case(name: "negative size", kind: .corrupted, reason: "not a valid descriptor") { m, _ in
            m.layers[0].size = -1
        },
        Case(name: "sizes that overflow", kind: .corrupted, reason: "add up") { m, _ in
            m.layers[0].size = .max
            m.layers[1].size = .max
        },
        Case(name: "a layer of two sizes", kind: .corrupted, reason: "two sizes") { m, c in
            m.layers.append(m.layers[0])
            m.layers[2].size += 1
            c.rootfs.diffIDs.append(c.rootfs.diffIDs[0])
        },
        Case(name: "a layer larger than it is", kind: .corrupted, reason: "bytes, not") { m, _ in m.layers[0].size += 1
        },
        Case(name: "fewer diffIDs", kind: .corrupted, reason: "2 layers, its configuration 1") { _, c in
            c.rootfs.diffIDs.removeLast()
        },
        Case(name: "diffID that is a path", kind: .corrupted, reason: "not a list of layers") { _, c in
            c.rootfs.diffIDs[0] = "../x"
        },
        Case(name: "another diffID", kind: .corrupted, reason: "unpacks to") { _, c in c.rootfs.diffIDs.swapAt(0, 1) },
        Case(name: "too many layers", kind: .corrupted, reason: "layers where at most") { m, _ in
            m.layers = Array(repeating: m.layers[0], count: 2000)
        },
        Case(name: "another schema", kind: .corrupted, reason: "schemaVersion") { m, _ in m.schemaVersion = 1 },
        Case(name: "contradicting media type", kind: .corrupted, reason: "says that it is") { m, _ in
            m.mediaType = MediaType.index
        },
        Case(name: "another platform", kind: .notFound, reason: "is for plan9/") { _, c in c.os = "plan9" },
    ]

    @Test(arguments: cases) func refuses(_ example: Case) async throws {
        try await ImageFixture.with { fixture in
            try fixture.publish(
                "library/bad", try fixture.makeImage("library/bad", layers: ["one", "two"], change: example.change))
            let error = await #expect(throws: BerthError.self) { _ = try await fixture.pull("bad") }
            #expect(error?.kind == example.kind, "\(error?.message ?? "")")
            #expect(error?.message.contains(example.reason) == true, "\(error?.message ?? "")")
            #expect(try await fixture.manager.list(filters: [:]).isEmpty)
            await fixture.manager.collectGarbage()
            let (blobs, snapshots) = (try fixture.blobs(), try await fixture.snapshots())
            #expect(blobs.isEmpty && snapshots.isEmpty)
        }
    }

    @Test(arguments: [
        ("[]", "not what its media type"), ("{", "not JSON"), ("{\"layers\":[],\"manifests\":[]}", "media type"),
        ("{\"schemaVersion\":2,\"layers\":{}}", "not valid"),
        (String(repeating: "[", count: 100_000), "not JSON"),
    ])
    func refusesWhatIsNoManifest(_ text: String, reason: String) async throws {
        try await ImageFixture.with { fixture in
            let manifest = try fixture.write("library/bad", Array(text.utf8), type: MediaType.manifest)
            try fixture.publish("library/bad", manifest)
            let error = await #expect(throws: BerthError.self) { _ = try await fixture.pull("bad") }
            #expect(error?.kind == .corrupted)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        }
    }

    @Test func refusesHugeManifestsBeforeFetchingThem() async throws {
        try await ImageFixture.with { fixture in
            var manifest = try fixture.makeImage("library/bad", layers: ["one"])
            manifest.size = 5 << 20
            try fixture.publish("library/bad", manifest)
            let error = await #expect(throws: BerthError.self) { _ = try await fixture.pull("bad") }
            #expect(error?.message.contains("at most 4194304") == true, "\(error?.message ?? "")")
            #expect(fixture.plugins.count("registry.fetch") == 0)
        }
    }

    @Test func refusesSchema1() async throws {
        try await ImageFixture.with { fixture in
            var manifest = try fixture.makeImage("library/old", layers: ["one"])
            manifest.mediaType = "application/vnd.docker.distribution.manifest.v1+prettyjws"
            try fixture.publish("library/old", manifest)
            let error = await #expect(throws: BerthError.self) { _ = try await fixture.pull("old") }
            #expect(error?.kind == .unimplemented && error?.message.contains("schema 1") == true)
        }
    }

    @Test func noticesARegistryThatAnswersAnotherDigest() async throws {
        try await ImageFixture.with { fixture in
            var manifest = try fixture.makeImage("library/bad", layers: ["one"])
            let real = manifest.digest
            manifest.digest = try fixture.makeImage("library/bad", layers: ["two"]).digest
            try fixture.publish("library/bad", manifest)
            let digest = try #require(Digest(real))
            let path = "\(fixture.folder)/layout/state/registry/docker.io/library/bad/blobs/sha256"
            try writeFile("\(path)/\(digest.hex)", try readFile("\(path)/\(manifest.digest.dropFirst(7))"))
            let error = await #expect(throws: BerthError.self) { _ = try await fixture.pull("bad@\(real)") }
            #expect(error?.kind == .corrupted, "\(error?.message ?? "")")
            let blobs = try fixture.blobs()
            #expect(blobs.isEmpty)
        }
    }
}

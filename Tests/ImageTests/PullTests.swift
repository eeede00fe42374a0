import BerthAPI
import ContentStore
import Glibc
import JSON
import LinuxSystem
import OCISpec
import PluginConformance
import Testing

@testable import Engine

@Suite struct PullTests {
    @Test func pullsUnpacksAndRecords() async throws {
        try await ImageFixture.with { fixture in
            let manifest = try fixture.makeImage("library/app", layers: ["one", "two", "three"])
            try fixture.publish("library/app", manifest)
            let result = try await fixture.pull("app")
            #expect(result.digest == manifest.digest && result.reference == "docker.io/library/app:latest")
            #expect(!result.upToDate)
            let image = try await fixture.manager.resolve("app")
            #expect(image.id == result.id && image.layers.count == 3)
            let committed = try await fixture.snapshots()
            #expect(Set(committed.map(\.key)) == Set(image.chainIDs))
            #expect(committed.first { $0.key == image.chainIDs[2] }?.parent == image.chainIDs[1])
            #expect(try fixture.blobs() == Set(image.blobs))
            #expect(image.unpackedSize == Int64(6144))

            let again = try await fixture.pull("app")
            #expect(again.upToDate && again.digest == result.digest)
            #expect(fixture.plugins.count("differ.apply") == 3)
            #expect(try await fixture.manager.unpack(image, snapshotter: "overlay") == image.chainIDs[2])
            #expect(fixture.plugins.count("differ.apply") == 3)
        }
    }

    @Test func isReadByOtherTools() async throws {
        try await ImageFixture.with { fixture in
            try fixture.publish("team/app", tag: "v1", try fixture.makeImage("team/app", layers: ["one"]))
            _ = try await fixture.pull("team/app:v1")
            let layout = fixture.content.root
            try run("/usr/bin/skopeo", "inspect", "oci:\(layout):docker.io/team/app:v1")
            try run("/usr/bin/umoci", "stat", "--image", "\(layout):docker.io/team/app:v1")
            try run(
                "/usr/bin/skopeo", "copy", "oci:\(layout):docker.io/team/app:v1", "oci:\(fixture.folder)/copy:latest")
        }
    }

    private func run(_ arguments: String...) throws {
        let null = try openNullDevice()
        var request = SpawnRequest(
            .path(arguments[0]), arguments: arguments, environment: ["PATH=/usr/bin:/bin", "HOME=/root"])
        request.descriptors = [0: null, 1: null, 2: try SharedDescriptor(borrowing: 2)]
        let process = try spawn(request)
        #expect(try ProcessDescriptor.wait(process.pidfd.raw) == .exited(code: 0), "\(arguments)")
    }

    @Test func sharesPullsOfOneImage() async throws {
        try await ImageFixture.with { fixture in
            try fixture.publish("library/app", try fixture.makeImage("library/app", layers: ["one", "two"]))
            let results = try await withThrowingTaskGroup(of: ImagePull.Result.self) { group in
                for _ in 0..<8 { group.addTask { try await fixture.pull("app") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(results.map(\.id)).count == 1)
            #expect(fixture.plugins.count("registry.fetch") == 4)
            #expect(fixture.plugins.count("differ.apply") == 2)
        }
    }

    @Test func sharesLayersBetweenImages() async throws {
        try await ImageFixture.with { fixture in
            try fixture.publish("library/a", try fixture.makeImage("library/a", layers: ["base", "a"]))
            try fixture.publish("library/b", try fixture.makeImage("library/b", layers: ["base", "b"]))
            async let first = fixture.pull("a")
            async let second = fixture.pull("b")
            _ = try await (first, second)
            #expect(fixture.plugins.count("differ.apply") == 3)
            #expect(try await fixture.snapshots().count == 3)
        }
    }

    @Test func takesTheSameLayerTwice() async throws {
        try await ImageFixture.with { fixture in
            try fixture.publish(
                "library/app",
                try fixture.makeImage("library/app", layers: ["one"]) { manifest, configuration in
                    manifest.layers.append(manifest.layers[0])
                    configuration.rootfs.diffIDs.append(configuration.rootfs.diffIDs[0])
                })
            _ = try await fixture.pull("app")
            #expect(try await fixture.snapshots().count == 2)
        }
    }

    @Test func choosesThePlatform() async throws {
        try await ImageFixture.with { fixture in
            let platforms = ["linux/amd64", "linux/arm64", "linux/arm/v7"].compactMap { Platform($0) }
            let entries = try platforms.map { platform in
                var entry = try fixture.makeImage("library/app", layers: [platform.text], platform: platform) {
                    $1.variant = platform.variant
                }
                entry.platform = platform
                return entry
            }
            let index = try fixture.write(
                "library/app", try JSON(encoding: ImageIndex(manifests: entries)).serialized(), type: MediaType.index)
            try fixture.publish("library/app", index)
            let result = try await fixture.pull("app", platform: "linux/arm64")
            #expect(result.digest == index.digest)
            let image = try await fixture.manager.resolve("app")
            #expect(image.configuration.architecture == "arm64" && image.manifest.digest == entries[1].digest)
            let other = try await fixture.pull("app", platform: "linux/arm/v8")
            #expect(try await fixture.manager.resolve(other.id).configuration.architecture == "arm")
            let error = await #expect(throws: BerthError.self) {
                _ = try await fixture.pull("app", platform: "linux/s390x")
            }
            #expect(error?.kind == .notFound && error?.hint?.contains("linux/arm/v7") == true)
            await #expect(throws: BerthError.self) { _ = try await fixture.pull("app", platform: "a/b/c/d") }
        }
    }

    @Test func goesOnAfterAFailure() async throws {
        try await ImageFixture.with { fixture in
            try fixture.publish("library/app", try fixture.makeImage("library/app", layers: ["one", "two"]))
            for method in ["registry.resolve", "registry.fetch", "differ.apply", "snapshotter.commit"] {
                fixture.plugins.fail(method, with: BerthError(.unavailable, "gone"))
                let error = await #expect(throws: BerthError.self) { _ = try await fixture.pull("app") }
                #expect(error?.message == "gone")
                await #expect(throws: BerthError.self) { _ = try await fixture.manager.resolve("app") }
                fixture.plugins.fail(method, with: nil)
            }
            _ = try await fixture.pull("app")
            let snapshots = try await fixture.snapshots()
            #expect(snapshots.count == 2 && snapshots.allSatisfy { $0.kind == .committed })
        }
    }

    @Test func saysWhatIsNotThere() async throws {
        try await ImageFixture.with { fixture in
            let error = await #expect(throws: BerthError.self) { _ = try await fixture.pull("nosuch") }
            #expect(error?.kind == .notFound && error?.object == "image nosuch:latest")
            let missing = await #expect(throws: BerthError.self) { _ = try await fixture.manager.resolve("nosuch") }
            #expect(missing?.kind == .notFound && missing?.object == "image nosuch:latest")
            let invalid = await #expect(throws: BerthError.self) { _ = try await fixture.pull("Upper") }
            #expect(invalid?.kind == .invalidArgument && invalid?.message.contains("must be lowercase") == true)
        }
    }

    @Test func survivesARestart() async throws {
        try await ImageFixture.with { fixture in
            try fixture.publish("library/app", try fixture.makeImage("library/app", layers: ["one"]))
            let result = try await fixture.pull("app")
            let manager = try await fixture.restarted()
            let image = try await manager.resolve("app")
            let before = try await fixture.manager.resolve("app")
            #expect(image == before && image.id == result.id)
            await manager.collectGarbage()
            #expect(try fixture.blobs() == Set(image.blobs))
        }
    }
}

import BerthAPI
import Glibc
import JSON
import LinuxSystem
import OCISpec
import PluginConformance
import Testing

/// What every registry plugin does, against both of Berth's: the layout folder, and a real registry over HTTP.
@Suite struct RegistryContractTests {
    enum Backend: String, CaseIterable, Sendable { case layout, distribution, chunks }

    private func with(_ backend: Backend, _ body: (RegistryFixture, String) throws -> Void) throws {
        guard backend != .layout else {
            return try RegistryFixture.with("berth-layout") { try body($0, "docker.io") }
        }
        try DebianRegistry.with { registry in
            let settings: JSON = backend == .chunks ? ["chunkSize": 65536] : [:]
            let configuration: JSON = ["registries": JSON.object([(registry.domain, settings)])]
            try RegistryFixture.with("berth-distribution", configuration: configuration) {
                try body($0, registry.domain)
            }
        }
    }

    private let layer = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }

    @Test(arguments: Backend.allCases) func pushesAndFetches(_ backend: Backend) throws {
        try with(backend) { fixture, domain in
            let target = RegistryTarget(domain: domain, repository: "team/app")
            fixture.expect(.notFound, "team/app") {
                _ = try fixture.plugin.call(RegistryResolve(target: target, reference: "v1"))
            }
            let manifest = try fixture.pushImage(target, tag: "v1", layer: layer)
            for reference in ["v1", manifest.digest] {
                let found = try fixture.plugin.call(RegistryResolve(target: target, reference: reference)).descriptor
                #expect(found == manifest)
            }
            #expect(try fixture.push(layer, target), "a blob that is there is not sent again")
            let bytes = try fixture.fetch(manifest, target)
            #expect(RegistryFixture.blob(bytes, type: MediaType.manifest) == manifest)
            let blob = RegistryFixture.blob(layer)
            #expect(try fixture.fetch(blob, target) == layer)
            #expect(try fixture.fetch(blob, target, having: Array(layer[..<123_456])) == layer)
            #expect(try fixture.plugin.call(RegistryExists(target: target, descriptor: blob)).exists)
            let other = RegistryExists(target: target, descriptor: RegistryFixture.blob([1, 2]))
            #expect(try fixture.plugin.call(other).exists == false)
            fixture.expect(.notFound, "v2") {
                _ = try fixture.plugin.call(RegistryResolve(target: target, reference: "v2"))
            }
            fixture.expect(.notFound, "blob sha256:") { _ = try fixture.fetch(RegistryFixture.blob([1, 2]), target) }
        }
    }

    @Test(arguments: Backend.allCases) func listsAndMoves(_ backend: Backend) throws {
        try with(backend) { fixture, domain in
            let target = RegistryTarget(domain: domain, repository: "team/app")
            let first = try fixture.pushImage(target, tag: "v1", layer: [1, 2, 3])
            _ = try fixture.pushImage(target, tag: "v2", layer: [4, 5, 6])
            _ = try fixture.pushImage(RegistryTarget(domain: domain, repository: "other"), tag: "x", layer: [7])
            #expect(try fixture.plugin.call(RegistryTags(target: target)).tags.sorted() == ["v1", "v2"])
            #expect(try fixture.plugin.call(RegistryCatalog(domain: domain)).repositories == ["other", "team/app"])
            let moved = try fixture.pushImage(target, tag: "v1", layer: [4, 5, 6])
            #expect(moved != first)
            let found = try fixture.plugin.call(RegistryResolve(target: target, reference: "v1")).descriptor
            #expect(found == moved)
            let old = try fixture.plugin.call(RegistryResolve(target: target, reference: first.digest)).descriptor
            #expect(old.digest == first.digest && old.size == first.size)
        }
    }

    @Test(arguments: Backend.allCases) func takesABlobFromAnotherRepository(_ backend: Backend) throws {
        try with(backend) { fixture, domain in
            _ = try fixture.push(layer, RegistryTarget(domain: domain, repository: "base"))
            let target = RegistryTarget(domain: domain, repository: "derived")
            let request = RegistryPush(
                target: target, descriptor: RegistryFixture.blob(layer), mountFrom: ["nosuch", "base"])
            #expect(try fixture.plugin.call(request, descriptors: [try fixture.file("layer", layer)]).existed)
            #expect(try fixture.fetch(RegistryFixture.blob(layer), target) == layer)
        }
    }

    @Test(arguments: Backend.allCases) func refusesAPushThatIsNotWhatItSays(_ backend: Backend) throws {
        try with(backend) { fixture, domain in
            let target = RegistryTarget(domain: domain, repository: "app")
            var lie = RegistryFixture.blob(layer)
            lie.digest = RegistryFixture.blob([1]).digest
            #expect(throws: BerthError.self) {
                _ = try fixture.plugin.call(
                    RegistryPush(target: target, descriptor: lie), descriptors: [try fixture.file("lie", layer)])
            }
            #expect(try fixture.plugin.call(RegistryExists(target: target, descriptor: lie)).exists == false)
            let blob = RegistryFixture.blob([1], type: MediaType.config)
            let bytes = try JSON(encoding: ImageManifest(config: blob, layers: [])).serialized()
            #expect(throws: BerthError.self) {
                _ = try fixture.push(bytes, target, type: MediaType.manifest, tag: "broken")
            }
            #expect(throws: BerthError.self) {
                _ = try fixture.plugin.call(RegistryResolve(target: target, reference: "broken"))
            }
        }
    }

    @Test(arguments: Backend.allCases) func goesOnAfterACrash(_ backend: Backend) throws {
        try with(backend) { fixture, domain in
            let target = RegistryTarget(domain: domain, repository: "app")
            let manifest = try fixture.pushImage(target, tag: "v1", layer: layer)
            fixture.plugin.kill()
            try fixture.plugin.start()
            #expect(try fixture.plugin.call(RegistryResolve(target: target, reference: "v1")).descriptor == manifest)
        }
    }
}

/// Debian's docker-registry on a loopback port of its own.
struct DebianRegistry {
    let domain: String

    static func with(authentication: String = "", _ body: (DebianRegistry) throws -> Void) throws {
        let folder = "/dev/shm/berth-debian-registry-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(folder)
        defer {
            // Whatever the test found, its folder goes.
            try? removeDirectory(folder)
        }
        let text = """
            version: 0.1
            log: {level: info}
            storage: {filesystem: {rootdirectory: \(folder)/data}}
            http: {addr: "127.0.0.1:0"}
            \(authentication.replacing("FOLDER", with: folder))
            """
        try writeFile("\(folder)/config.yml", Array(text.utf8))
        // user:secret, by bcrypt.
        let line = "user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n"
        try writeFile("\(folder)/htpasswd", Array(line.utf8))
        let marker = "listening on 127.0.0.1:"
        let server = try ServerProcess(["/usr/bin/docker-registry", "serve", "\(folder)/config.yml"]) {
            $0.contains(marker)
        }
        let port = server.greeting.split(separator: marker).last.map { $0.prefix { $0.isNumber } } ?? ""
        try withExtendedLifetime(server) { try body(DebianRegistry(domain: "127.0.0.1:\(port)")) }
    }
}

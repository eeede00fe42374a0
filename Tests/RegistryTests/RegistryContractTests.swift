import BerthAPI
import Glibc
import JSON
import LinuxSystem
import OCISpec
import PluginConformance
import Testing

/// Berth's registry plugins against a folder and a real registry over HTTP: the conformance suite, and what is said
/// beyond it.
@Suite(.serialized) struct RegistryContractTests {
    enum Backend: String, CaseIterable, Sendable { case layout, distribution, chunks }

    private func configuration(_ backend: Backend, _ registry: DebianRegistry) -> JSON {
        let settings: JSON = backend == .chunks ? ["chunkSize": 65536] : [:]
        return ["registries": JSON.object([(registry.domain, settings)])]
    }

    private func with(_ backend: Backend, _ body: (RegistryFixture, String) throws -> Void) throws {
        guard backend != .layout else {
            return try RegistryFixture.with("berth-layout") { try body($0, "docker.io") }
        }
        try DebianRegistry.with { registry in
            try RegistryFixture.with("berth-distribution", configuration: configuration(backend, registry)) {
                try body($0, registry.domain)
            }
        }
    }

    @Test(
        "distribution does what the protocol says, in one piece and in chunks",
        arguments: [Backend.distribution, .chunks])
    func conforms(_ backend: Backend) throws {
        try DebianRegistry.with { registry in
            var settings = ConformanceSettings()
            settings.scratch = "/dev/shm"
            settings.timeout = .seconds(60)
            settings.registryDomain = registry.domain
            settings.configuration = configuration(backend, registry)
            let source = TestedPlugin(executable: try RegistryFixture.executable("berth-distribution"))
            var run = ConformanceRun(source, settings)
            run.kinds = [.registry]
            let report = run.run()
            #expect(report.conforms, "\(report)")
            #expect(report.skipped.isEmpty)
        }
    }

    @Test("what is missing is named", arguments: Backend.allCases) func namesWhatIsMissing(_ backend: Backend) throws {
        try with(backend) { fixture, domain in
            let target = RegistryTarget(domain: domain, repository: "team/app")
            fixture.expect(.notFound, "team/app") {
                _ = try fixture.plugin.call(RegistryResolve(target: target, reference: "v1"))
            }
            _ = try fixture.pushImage(target, tag: "v1", layer: [1, 2, 3])
            fixture.expect(.notFound, "v2") {
                _ = try fixture.plugin.call(RegistryResolve(target: target, reference: "v2"))
            }
            fixture.expect(.notFound, "blob sha256:") { _ = try fixture.fetch(RegistryFixture.blob([1, 2]), target) }
            _ = try fixture.pushImage(RegistryTarget(domain: domain, repository: "other"), tag: "x", layer: [7])
            #expect(try fixture.plugin.call(RegistryCatalog(domain: domain)).repositories == ["other", "team/app"])
        }
    }

    @Test(arguments: Backend.allCases) func refusesAManifestWithoutItsBlobs(_ backend: Backend) throws {
        try with(backend) { fixture, domain in
            let target = RegistryTarget(domain: domain, repository: "app")
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

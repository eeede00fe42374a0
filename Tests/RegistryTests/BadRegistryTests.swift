import BerthAPI
import Glibc
import Hashing
import JSON
import LinuxSystem
import OCISpec
import PluginConformance
import Testing

/// What registries do wrong, each with a clear error, in bounded time and space.
@Suite struct BadRegistryTests {
    private let blob = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 256) }
    private var descriptor: OCIDescriptor { RegistryFixture.blob(blob) }

    private struct Bad {
        let fixture: RegistryFixture
        let domain: String

        func target(_ repository: String) -> RegistryTarget { RegistryTarget(domain: domain, repository: repository) }

        func resolve(_ repository: String) throws -> OCIDescriptor {
            try fixture.plugin.call(RegistryResolve(target: target(repository), reference: "latest")).descriptor
        }
    }

    private func with(_ body: (Bad) throws -> Void) throws {
        let server = try ServerProcess([RegistryFixture.fixtures + "/bad-registry"]) { $0.first?.isNumber == true }
        let port = server.greeting.prefix { $0 != " " }
        let domain = "127.0.0.1:\(port)"
        let configuration: JSON = [
            "connectTimeout": 2, "stallTimeout": 1, "registries": JSON.object([(domain, ["scheme": "http"])]),
        ]
        try withExtendedLifetime(server) {
            try RegistryFixture.with("berth-distribution", configuration: configuration) {
                try body(Bad(fixture: $0, domain: domain))
            }
        }
    }

    struct Expectation: Sendable {
        var repository: String
        var kind: ErrorKind
        var message: String
    }

    @Test(arguments: [
        Expectation(repository: "web-page", kind: .unavailable, message: "answered with a web page"),
        Expectation(repository: "too-short", kind: .corrupted, message: "has 1000 bytes, its descriptor 3000000"),
        Expectation(repository: "too-long", kind: .corrupted, message: "more than the 3000000 bytes"),
        Expectation(repository: "silent", kind: .unavailable, message: "did not answer"),
        Expectation(repository: "forbidden", kind: .permissionDenied, message: "DENIED, requested access"),
        Expectation(repository: "too-many", kind: .resourceExhausted, message: "too many requests"),
        Expectation(repository: "broken", kind: .unavailable, message: "status 500"),
        Expectation(repository: "circle", kind: .unavailable, message: "redirects in a circle"),
        Expectation(repository: "to-a-file", kind: .unavailable, message: "file:///etc/passwd"),
        Expectation(repository: "nosuch", kind: .notFound, message: "NAME_UNKNOWN"),
    ])
    func saysWhatIsWrong(_ expected: Expectation) throws {
        try with { bad in
            bad.fixture.expect(expected.kind, expected.message) {
                _ = try bad.fixture.fetch(descriptor, bad.target(expected.repository))
            }
        }
    }

    @Test func neverWritesBeyondTheSize() throws {
        try with { bad in
            let file = try bad.fixture.file("target")
            #expect(throws: BerthError.self) {
                let request = RegistryFetch(target: bad.target("too-long"), descriptor: descriptor)
                _ = try bad.fixture.plugin.call(request, descriptors: [file])
            }
            #expect(try RegularFile.size(file.raw) <= 3_000_000)
        }
    }

    @Test(arguments: ["half-way", "no-ranges", "flaky"]) func goesOnByItself(_ repository: String) throws {
        try with { bad in
            let bytes = try bad.fixture.fetch(descriptor, bad.target(repository))
            #expect(bytes == blob)
        }
    }

    /// Docker's registry forgets a blob for a moment while another client's upload of it is recorded.
    @Test func pushesAManifestWhoseBlobsAreKnownAMomentLater() throws {
        try with { bad in
            let type = MediaType.manifest
            let existed = try bad.fixture.push([1], bad.target("settling"), type: type, tag: "v1")
            #expect(!existed)
            bad.fixture.expect(.notFound, "MANIFEST_BLOB_UNKNOWN") {
                _ = try bad.fixture.push([1], bad.target("never-settling"), type: type, tag: "v1")
            }
        }
    }

    @Test func findsABlobThatAnotherClientPushedFirst() throws {
        try with { bad in
            let existed = try bad.fixture.push(blob, bad.target("raced"))
            #expect(existed)
        }
    }

    @Test func keepsWhatCameForTheNextFetch() throws {
        try with { bad in
            let file = try bad.fixture.file("target")
            let target = bad.target("stuck-half-way")
            bad.fixture.expect(.unavailable, "broke off after 1500000 bytes") {
                let request = RegistryFetch(target: target, descriptor: descriptor)
                _ = try bad.fixture.plugin.call(request, descriptors: [file])
            }
            #expect(try RegularFile.size(file.raw) == 1_500_000)
        }
    }

    @Test func givesCredentialsToNobodyElse() throws {
        try with { bad in
            var target = bad.target("elsewhere")
            target.credentials = RegistryCredentials(username: "user", password: "secret")
            #expect(try bad.fixture.fetch(descriptor, target) == blob)
            let entries = try #require(try serverLog(bad).array)
            let other = entries.filter { $0["port"]?.int != entries[0]["port"]?.int }
            #expect(other.count == 1)
            #expect(other.allSatisfy { $0["authorization"]?.string == nil })
            let token = entries.first { $0["path"]?.string?.hasPrefix("/token") == true }
            #expect(token?["authorization"]?.string == "Basic dXNlcjpzZWNyZXQ=")
            let path = token?["path"]?.string ?? ""
            #expect(path.contains("service=test%2C%20service") && path.contains("scope=repository%3Aelsewhere%3Apull"))
        }
    }

    @Test func readsPagesWithinBounds() throws {
        try with { bad in
            let tags = try bad.fixture.plugin.call(RegistryTags(target: bad.target("many-tags"))).tags
            #expect(tags == ["t0", "t1", "t2", "t3"])
            bad.fixture.expect(.resourceExhausted, "100000 entries") {
                _ = try bad.fixture.plugin.call(RegistryTags(target: bad.target("endless-tags")))
            }
            bad.fixture.expect(.corrupted, "more than 4194304 bytes") {
                _ = try bad.fixture.plugin.call(RegistryTags(target: bad.target("huge")))
            }
        }
    }

    @Test func resolvesWhereHeadSaysTooLittle() throws {
        try with { bad in
            let body = Array(#"{"schemaVersion": 2}"#.utf8)
            let unnamed = try bad.resolve("no-digest-header")
            #expect(unnamed == RegistryFixture.blob(body, type: MediaType.manifest))
            let old = try bad.resolve("schema1")
            #expect(old.mediaType == "application/vnd.docker.distribution.manifest.v1+prettyjws")
            bad.fixture.expect(.unavailable, "web page") { _ = try bad.resolve("web-page") }
        }
    }

    @Test func saysThatNobodyListens() throws {
        try RegistryFixture.with("berth-distribution") { fixture in
            for domain in ["127.0.0.1:1", "registry.invalid"] {
                fixture.expect(.unavailable, domain) {
                    let target = RegistryTarget(domain: domain, repository: "x")
                    _ = try fixture.plugin.call(RegistryResolve(target: target, reference: "latest"))
                }
            }
        }
    }

    @Test func provesWhoAsks() throws {
        let settings = "auth: {htpasswd: {realm: test, path: FOLDER/htpasswd}}"
        try DebianRegistry.with(authentication: settings) { registry in
            try RegistryFixture.with("berth-distribution") { fixture in
                let good = RegistryCredentials(username: "user", password: "secret")
                let bad = RegistryCredentials(username: "user", password: "wrong")
                var target = RegistryTarget(domain: registry.domain, repository: "app")
                for credentials in [nil, bad] {
                    target.credentials = credentials
                    fixture.expect(.permissionDenied, "denies access") { _ = try fixture.push([1], target) }
                }
                target.credentials = good
                let manifest = try fixture.pushImage(target, tag: "v1", layer: [1, 2, 3])
                let found = try fixture.plugin.call(RegistryResolve(target: target, reference: "v1")).descriptor
                #expect(found == manifest)
                _ = try fixture.plugin.call(RegistryLogin(domain: registry.domain, credentials: good))
                fixture.expect(.permissionDenied, "user") {
                    _ = try fixture.plugin.call(RegistryLogin(domain: registry.domain, credentials: bad))
                }
            }
        }
    }

    /// What the server was asked so far, fetched as curl does.
    private func serverLog(_ bad: Bad) throws -> JSON {
        let path = bad.fixture.folder + "/log"
        try ServerProcess.run("/usr/bin/curl", "-s", "-o", path, "http://\(bad.domain)/log")
        return try JSON(parsing: try readFile(path))
    }
}

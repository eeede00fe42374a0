import JSON
import LinuxSystem
import TestSupport
import Testing

/// What registries and images do wrong, as the user sees it: exit code 1, one sentence, nothing left.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct BadImageTests {
    private static let registryFaults = [
        "web-page": "answered with a web page", "forbidden": "denies access", "too-many": "too many requests",
        "broken": "failed with status 500", "circle": "redirects in a circle", "to-a-file": "which is no URL",
        "nosuch": "no registry has", "silent": "did not answer", "schema1": "which is not supported",
    ]
    /// Of the registry that has the image, when it is asked for the layer.
    private static let blobFaults = [
        "wrong-digest": "digest", "too-short": "bytes", "too-long": "more than", "web-page": "web page",
        "silent": "did not answer", "broken": "status 500",
    ]
    private static let layerFaults = [
        "dot-dot": "has a \"..\" in it", "absolute-link": "symbolic link", "relative-link": "symbolic link",
        "hard-link": "has a \"..\" in it", "truncated": "the archive is damaged",
        "truncated-gzip": "ends in the middle",
        "not-a-tar": "not a tar archive", "other-content": "unpacks to", "bomb": "No space left on device",
    ]

    @Test func registriesThatFailAreNamedAndLeaveNothing() async throws {
        try await expectRefusals(Self.registryFaults)
    }

    /// What came of the layer may stay, for the next attempt to go on from; nothing of it can be seen.
    @Test func layersThatDoNotComeAsDescribedAreRefused() async throws {
        try await with { daemon, registry in
            for (fault, sentence) in Self.blobFaults.sorted(by: { $0.key < $1.key }) {
                let pulled = try daemon.berth("pull", "-q", "\(registry.domain)/image/good/\(fault)")
                #expect(pulled.code == 1, "\(fault)")
                #expect(pulled.text.contains(sentence), "\(fault): \(pulled.text)")
                try daemon.kill()
                let ingests = "\(daemon.folder)/root/content/ingest"
                for ingest in try listDirectory(ingests) { try removeFile("\(ingests)/\(ingest)") }
                try daemon.start()
            }
            #expect(try daemon.berth("images", "-q").text == "")
            #expect(try listDirectory("\(daemon.folder)/root/plugins/overlay/snapshots").isEmpty)
        }
    }

    /// On a disk that a decompression bomb would fill.
    @Test func hostileLayersAreRefusedAndLeaveNothing() async throws {
        let faults = Self.layerFaults.map { ("image/\($0)/whole", $1) }
        try await expectRefusals(Dictionary(uniqueKeysWithValues: faults))
        #expect(!fileExists("/tmp/berth-escaped"))
    }

    @Test func aPullThatWasCutOffGoesOnWhereItWas() async throws {
        try await with { daemon, registry in
            let image = "\(registry.domain)/image/good/stuck-half-way"
            let cutOff = try daemon.berth("pull", "-q", image)
            #expect(cutOff.code == 1)
            #expect(cutOff.text.contains("broke off after 1505280 bytes"), "\(cutOff.text)")
            #expect(try listDirectory("\(daemon.folder)/root/content/ingest").count == 1)
            // Also by the next daemon. To ask for the log is what makes this registry go on.
            try daemon.kill()
            try daemon.start()
            _ = try registry.requests()
            try daemon.succeed(["pull", "-q", image])
            let last = try registry.requests().last { $0["path"]?.string?.contains("/blobs/") == true }
            #expect(last?["range"]?.string == "bytes=1505280-")
            #expect(try listDirectory("\(daemon.folder)/root/content/ingest").isEmpty)
            try daemon.succeed(["rmi", image])
        }
    }

    /// `kill -9` of the daemon from the first moment of a pull to its end: the next pull has it whole.
    @Test func theDaemonDiesDuringAPull() async throws {
        try await with { daemon, registry in
            let image = "\(registry.domain)/image/good/whole"
            for delay in stride(from: CInt(0), through: 1000, by: 15) {
                let client = try daemon.begin(["pull", "-q", image])
                let wasFinished = try client.ends(within: delay)
                try daemon.kill()
                _ = try client.wait()
                try daemon.start()
                try daemon.succeed(["pull", "-q", image])
                try daemon.succeed(["rmi", image])
                try expectNothing(daemon, "killed after \(delay) ms")
                if wasFinished { return }
            }
        }
    }

    private func expectRefusals(_ faults: [String: String]) async throws {
        try await with { daemon, registry in
            for (repository, sentence) in faults.sorted(by: { $0.key < $1.key }) {
                let pulled = try daemon.berth("pull", "-q", "\(registry.domain)/\(repository)")
                #expect(pulled.code == 1, "\(repository)")
                #expect(pulled.text.contains(sentence), "\(repository): \(pulled.text)")
                #expect(pulled.lines.count { !$0.hasPrefix("Hint: ") } == 1, "\(repository): \(pulled.text)")
                try expectNothing(daemon, "\(repository)")
            }
        }
    }

    /// The busybox image is gone, so that all there is comes from the pull.
    private func with(_ body: (TestDaemon, BadRegistry) throws -> Void) async throws {
        let registry = try BadRegistry()
        try await TestDaemon.with(disk: 24 << 20) { daemon in
            try daemon.succeed(["rmi", "busybox"])
            try daemon.stop()
            try daemon.configure("[plugin.distribution]\nconnectTimeout = 2\nstallTimeout = 1\n")
            try daemon.start()
            try body(daemon, registry)
        }
    }

    private func expectNothing(_ daemon: TestDaemon, _ when: Comment) throws {
        let root = "\(daemon.folder)/root"
        #expect(try daemon.berth("images", "-q").text == "", when)
        for folder in ["content/blobs/sha256", "content/ingest", "plugins/overlay/snapshots"] {
            #expect(try listDirectory("\(root)/\(folder)").isEmpty, "\(when) \(folder)")
        }
    }
}

/// A registry that does what registries do wrong; ends with the object.
final class BadRegistry {
    let domain: String
    private let pidfd: SharedDescriptor

    init() throws {
        let output = "/tmp/berth-test-output-\(UInt64.random(in: 0...UInt64.max))"
        let file = try openForAppending(output).shared()
        let script = parentDirectory(parentDirectory(#filePath)) + "/Fixtures/bad-registry"
        var request = SpawnRequest(.path(script), arguments: [script], environment: ["PATH=/usr/bin:/bin"])
        request.descriptors = [0: try openNullDevice(), 1: file, 2: file]
        pidfd = try spawn(request).shared()
        var text = ""
        while !text.hasSuffix("\n"), !(try ProcessDescriptor.waitUntilEnded(pidfd.raw, milliseconds: 20)) {
            text = String(decoding: try readFile(output), as: UTF8.self)
        }
        try removeFile(output)
        domain = "127.0.0.1:\(text.prefix { $0.isNumber })"
    }

    /// What it was asked so far.
    func requests() throws -> [JSON] {
        try JSON(parsing: try run(["curl", "-s", "http://\(domain)/log"]).text).array ?? []
    }

    deinit {
        // Each fails only when it is gone already.
        try? ProcessDescriptor.signal(pidfd.raw, 9)
        _ = try? ProcessDescriptor.wait(pidfd.raw)
    }
}

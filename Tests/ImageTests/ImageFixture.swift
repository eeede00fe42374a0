import BerthAPI
import ContentStore
import Glibc
import Hashing
import JSON
import JSONRPC
import LinuxSystem
import Logging
import MetadataStore
import OCISpec
import PluginConformance
import Supervisor
import Synchronization
import Testing

@testable import Engine

/// The plugins' executables beside this test's, called without a supervisor; calls are counted, and can be made to
/// fail.
final class TestPlugins: PluginCaller {
    func isDegraded(_ plugin: String) -> Bool { false }
    func failurePolicy(of plugin: String) -> PluginManifest.FailurePolicy? { nil }

    private let plugins: [String: PluginUnderTest]
    private let threads = BlockingThreads(name: "test-plugins", maximum: 16)
    private let calls = Mutex<[String: Int]>([:])
    private let faults = Mutex<[String: BerthError]>([:])

    init(folder: String) throws {
        let bundle = try #require(CommandLine.arguments.first { $0.hasSuffix(".xctest") }, "the test bundle's path")
        var plugins: [String: PluginUnderTest] = [:]
        for name in ["layout", "overlay"] {
            let executable = "\(parentDirectory(bundle))/berth-\(name)"
            try #require(fileExists(executable), "build the product berth-\(name) first")
            try makeDirectory("\(folder)/\(name)")
            plugins[name] = try PluginUnderTest(executable: executable, directory: "\(folder)/\(name)")
        }
        self.plugins = plugins
    }

    func count(_ method: String) -> Int { calls.withLock { $0[method] ?? 0 } }

    /// Every call of a method fails, until it is healed with nil.
    func fail(_ method: String, with error: BerthError?) { faults.withLock { $0[method] = error } }

    func kill() { for plugin in plugins.values { plugin.kill() } }

    func call<M: Method>(
        _ method: M, on plugin: String, timeout: Duration, descriptors: [SharedDescriptor],
        onProgress: (@Sendable (JSON) -> Void)?
    ) async throws -> PluginReply<M.Result> {
        calls.withLock { $0[M.name, default: 0] += 1 }
        if let fault = faults.withLock({ $0[M.name] }) { throw fault }
        guard let plugin = plugins[plugin] else { throw BerthError(.notFound, "no plugin \(plugin)") }
        return Reply(result: try await threads.run { try plugin.call(method, descriptors: descriptors) })
    }

    func capabilities(of plugin: String) async throws -> Set<String> { plugins[plugin]?.capabilities ?? [] }

    func plugins(of kind: PluginKind) -> [String] {
        switch kind {
        case .registry: ["layout"]
        case .snapshotter, .differ: ["overlay"]
        default: []
        }
    }
}

/// An image manager with a store, a registry folder and a snapshotter of its own, on tmpfs.
final class ImageFixture: Sendable {
    let folder: String
    let plugins: TestPlugins
    let content: ContentStore
    let store: MetadataStore
    let manager: ImageManager
    let containers = Mutex<[String]>([])

    static func with(unpacks: Bool = true, _ body: (ImageFixture) async throws -> Void) async throws {
        let folder = "/dev/shm/berth-image-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(folder)
        defer {
            // Whatever the test found, its folder goes.
            try? removeDirectory(folder)
        }
        let fixture = try await ImageFixture(folder, unpacks: unpacks)
        defer { fixture.plugins.kill() }
        try await body(fixture)
    }

    private init(_ folder: String, unpacks: Bool) async throws {
        self.folder = folder
        plugins = try TestPlugins(folder: folder)
        content = try ContentStore(root: folder + "/content")
        store = try MetadataStore(path: folder + "/metadata.db")
        manager = try await Self.manager(store, content, plugins, unpacks: unpacks)
    }

    /// A manager as the next daemon would have it, over the same stores.
    func restarted(using: @escaping @Sendable (String) -> [String] = { _ in [] }) async throws -> ImageManager {
        try await Self.manager(store, content, plugins, unpacks: true, using: using)
    }

    private static func manager(
        _ store: MetadataStore, _ content: ContentStore, _ plugins: TestPlugins, unpacks: Bool,
        using: @escaping @Sendable (String) -> [String] = { _ in [] }
    ) async throws -> ImageManager {
        let manifest = try JSON(
            parsing: try readFile(
                parentDirectory(parentDirectory(parentDirectory(#filePath)))
                    + "/Plugins/Registry/Layout/plugin.json")
        ).decode(PluginManifest.self)
        return try await ImageManager(
            store: store, content: content, plugins: plugins, events: EventBus(store: store),
            routes: RegistryRoutes(manifests: { ["layout": manifest] }), containersUsing: using, usedSnapshots: { [] },
            defaultSnapshotter: { unpacks ? "overlay" : nil }, logger: Logger(label: "test"))
    }

    func pull(_ reference: String, platform: String? = nil) async throws -> ImagePull.Result {
        try await manager.pull(ImagePull(reference: reference, platform: platform)) { _ in }
    }

    // MARK: What is there

    func blobs() throws -> Set<String> { Set(try content.list().map(\.digest.description)) }

    func snapshots() async throws -> [SnapshotInfo] { try await plugins.call(SnapshotList(), on: "overlay") }

    // MARK: Making images

    /// Writes straight into the registry's folder, as another tool would: what is written need not be right.
    func publish(_ repository: String, tag: String = "latest", _ manifest: OCIDescriptor) throws {
        let path = "\(folder)/layout/state/registry/docker.io/\(repository)"
        try makeDirectory(path + "/blobs/sha256")
        var entry = manifest
        entry.annotations = ["org.opencontainers.image.ref.name": tag]
        var manifests = [entry]
        if fileExists(path + "/index.json") {
            manifests += try JSON(parsing: try readFile(path + "/index.json")).decode(ImageIndex.self).manifests
        }
        try writeFile(path + "/index.json", try JSON(encoding: ImageIndex(manifests: manifests)).serialized())
        try writeFile(path + "/oci-layout", Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
    }

    func write(_ repository: String, _ bytes: [UInt8], type: String) throws -> OCIDescriptor {
        let digest = SHA256.digest(of: bytes)
        let path = "\(folder)/layout/state/registry/docker.io/\(repository)/blobs/sha256"
        try makeDirectory(path)
        try writeFile("\(path)/\(digest.hex)", bytes)
        return OCIDescriptor(mediaType: type, digest: digest.description, size: Int64(bytes.count))
    }

    /// An image whose layers each hold one file, `layer<n>` with the given text.
    ///
    /// - Parameter change: to the documents, before they are written.
    /// - Returns: the manifest's descriptor.
    func makeImage(
        _ repository: String, layers: [String], platform: Platform = .host,
        change: (inout ImageManifest, inout ImageConfiguration) -> Void = { _, _ in }
    ) throws -> OCIDescriptor {
        var descriptors: [OCIDescriptor] = []
        var diffIDs: [String] = []
        for (number, text) in layers.enumerated() {
            var tar = TarBuilder()
            tar.file("layer\(number)", text)
            let bytes = tar.finished()
            diffIDs.append(SHA256.digest(of: bytes).description)
            descriptors.append(try write(repository, bytes, type: MediaType.layer))
        }
        var configuration = ImageConfiguration(
            os: platform.os, architecture: platform.architecture, diffIDs: diffIDs)
        configuration.created = "2026-01-0\(layers.count)T00:00:00Z"
        let none = OCIDescriptor(mediaType: MediaType.config, digest: "", size: 0)
        var manifest = ImageManifest(config: none, layers: descriptors)
        change(&manifest, &configuration)
        if manifest.config.digest.isEmpty {
            manifest.config = try write(
                repository, try JSON(encoding: configuration).serialized(), type: MediaType.config)
        }
        return try write(repository, try JSON(encoding: manifest).serialized(), type: MediaType.manifest)
    }
}

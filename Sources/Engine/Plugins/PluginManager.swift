import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import OCISpec
import Supervisor

/// Operators' operations on plugins: finds a package's files wherever they come from, and knows what uses a plugin.
final class PluginManager: Sendable {
    private let supervisor: Supervisor
    private let images: ImageManager
    private let defaults: DriverDefaults
    private let index: ContainerIndex
    private let networks: NetworkManager
    /// What else refers to a plugin: volumes and networks, each as "volume data".
    private let references: @Sendable (String) async -> [String]
    private let scratch: String

    init(
        supervisor: Supervisor, images: ImageManager, defaults: DriverDefaults, index: ContainerIndex, scratch: String,
        networks: NetworkManager, references: @escaping @Sendable (String) async -> [String]
    ) {
        self.supervisor = supervisor
        self.images = images
        self.defaults = defaults
        self.index = index
        self.scratch = scratch
        self.networks = networks
        self.references = references
    }

    func examine(_ request: PluginExamine) async throws -> PluginExamine.Result {
        if request.source.kind == .package { return try supervisor.examine(package: request.source.location) }
        return try await withFolder(request.source) { try await self.supervisor.examine(folder: $0 ?? "") }
    }

    func install(_ request: PluginInstall) async throws -> PluginInfo {
        let info = try await withFolder(request.source) { try await self.supervisor.install(request, folder: $0) }
        try await networks.addPredefined()
        return info
    }

    func upgrade(_ request: PluginUpgrade) async throws -> PluginInfo {
        guard let source = request.source else { return try await supervisor.upgrade(request, folder: nil) }
        return try await withFolder(source) { try await self.supervisor.upgrade(request, folder: $0) }
    }

    func remove(_ request: PluginRemove) async throws {
        let users = await users(of: request.name, running: false)
        try await supervisor.remove(request, users: users)
    }

    func disable(_ request: PluginDisable) async throws {
        try await supervisor.disable(request, users: await users(of: request.name, running: true))
    }

    func push(_ request: PluginPush) async throws -> PluginPush.Result {
        let archive = "\(scratch)/push-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? removeFile(archive) }
        let folder = try await packageFolder(request.source)
        let (digest, size) = try await supervisor.archive(folder, to: archive)
        let layer = OCIDescriptor(mediaType: PluginArtifact.layerType, digest: digest, size: size)
        return try await PluginArtifact(images: images).push(
            request, manifest: try readFile("\(folder)/plugin.json"), archive: try openForReading(archive).shared(),
            layer: layer)
    }

    private func packageFolder(_ source: PluginSource) async throws -> String {
        switch source.kind {
        case .folder: return source.location
        case .package:
            return parentDirectory(try await supervisor.inspect(source.location).executable)
        case .archive, .image:
            throw BerthError(.invalidArgument, "a folder or a plugin expected, not an \(source.kind)")
        }
    }

    // MARK: Users

    func users(of plugin: String, running: Bool) async -> [String] {
        let containers = index.all.filter { record in
            let drivers = [record.detail.snapshotter, record.detail.logDriver, record.endpointDriver ?? ""]
            return (drivers + record.volumes.map(\.driver)).contains(plugin) && (!running || record.status == .running)
        }.map { "container \($0.detail.name)" }
        return running ? containers.sorted() : containers.sorted() + (await references(plugin))
    }

    // MARK: Sources

    /// Runs `body` with the folder that holds the source's files; nil for a package that is there already.
    private func withFolder<Value: Sendable>(
        _ source: PluginSource, _ body: (String?) async throws -> Value
    ) async throws -> Value {
        switch source.kind {
        case .package: return try await body(nil)
        case .folder:
            guard source.location.hasPrefix("/") else {
                throw BerthError(.invalidArgument, "an absolute path expected, not \(source.location)")
            }
            return try await body(source.location)
        case .archive:
            return try await unpacked(try openForReading(source.location).shared(), body)
        case .image:
            return try await unpacked(try await PluginArtifact(images: images).fetch(source.location), body)
        }
    }

    /// Unpacks an archive as a layer is unpacked: by a differ, into a snapshot of its own, which goes again.
    private func unpacked<Value: Sendable>(
        _ archive: SharedDescriptor, _ body: (String?) async throws -> Value
    ) async throws -> Value {
        let plugins: any PluginCaller = supervisor
        let snapshotter = try defaults.driver(.snapshotter)
        let differs = plugins.plugins(of: .differ)
        guard let differ = differs.contains(snapshotter) ? snapshotter : differs.first else {
            throw BerthError(.failedPrecondition, "no differ plugin is there to unpack the archive")
        }
        let key = "plugin-\(Identifier.make())"
        func discard() async { _ = try? await plugins.call(SnapshotRemove(key: key), on: snapshotter) }
        do {
            let snapshot = try await plugins.call(SnapshotPrepare(key: key), on: snapshotter)
            let request = DifferApply(
                mediaType: try Self.mediaType(of: archive), key: key, mounts: snapshot.mounts)
            _ = try await plugins.call(request, on: differ, timeout: .seconds(600), descriptors: [archive])
            guard snapshot.mounts.count == 1, let mount = snapshot.mounts.first, mount.type == "bind" else {
                throw BerthError(.unimplemented, "snapshotter \(snapshotter) does not show a snapshot as a folder")
            }
            let value = try await body(mount.source)
            await discard()
            return value
        } catch {
            await discard()
            throw error
        }
    }

    /// By the archive's first bytes: gzip (RFC 1952), zstd (RFC 8878) or plain.
    private static func mediaType(of archive: SharedDescriptor) throws -> String {
        let magic = try withUnsafeTemporaryAllocation(byteCount: 4, alignment: 4) { buffer in
            Array(buffer[..<(try RegularFile.read(archive.raw, into: buffer, at: 0))])
        }
        let suffix = magic.starts(with: [0x1f, 0x8b]) ? "+gzip" : magic == [0x28, 0xb5, 0x2f, 0xfd] ? "+zstd" : ""
        return PluginArtifact.layerType + suffix
    }
}

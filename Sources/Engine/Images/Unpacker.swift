import BerthAPI
import ContentStore
import JSON
import JSONRPC
import LinuxSystem
import OCISpec
import Supervisor

/// Turns an image's layers into committed snapshots, named by their chain ids.
///
/// A layer is prepared, applied and committed once, whoever asks for it and however many images have it. Where the
/// snapshotter can `rebase`, layers are applied at the same time and committed in order.
final class Unpacker: Sendable {
    /// Labels of the snapshots made here: whose they are, from which blob, and how long the layer's tar stream is.
    enum Label {
        static let owner = "dev.berth.owner"
        static let ownerValue = "images"
        static let image = "dev.berth.image"
        static let blob = "dev.berth.blob"
        static let size = "dev.berth.size"
    }

    struct Progress: Sendable {
        var layer: OCIDescriptor
        /// Bytes of the blob read so far; nil when the layer is unpacked.
        var read: Int64?
    }

    private struct LayerKey: Hashable {
        var snapshotter: String
        var chain: String
    }

    static let activePrefix = "unpack-"
    private static let applyTimeout = Duration.seconds(3600)
    private static let snapshotTimeout = Duration.seconds(60)

    private let content: ContentStore
    private let plugins: any PluginCaller
    private let work = SharedWork<LayerKey, Int64, Int64>()
    /// Layers are inflated, hashed and written at once: more than a few only contend for the processors.
    private let slots = Slots(3)

    init(content: ContentStore, plugins: any PluginCaller) {
        self.content = content
        self.plugins = plugins
    }

    /// Whether a layer is being unpacked under this key of an active snapshot.
    func isActive(_ key: String, snapshotter: String) -> Bool {
        work.isRunning(LayerKey(snapshotter: snapshotter, chain: String(key.dropFirst(Self.activePrefix.count))))
    }

    /// Makes sure that all layers are committed snapshots. The caller holds leases on blobs and chain ids.
    ///
    /// - Returns: bytes of the layers' tar streams.
    func unpack(
        _ image: StoredImage, snapshotter: String, progress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) async throws -> Int64 {
        try await withThrowingTaskGroup(of: Int64.self) { group in
            for index in image.layers.indices {
                group.addTask { try await self.layer(index, of: image, snapshotter: snapshotter, progress: progress) }
            }
            return try await group.reduce(0, +)
        }
    }

    /// Makes sure that one layer, and those below it, are committed snapshots. Its blob must be there.
    ///
    /// - Returns: bytes of the layer's tar stream.
    func layer(
        _ index: Int, of image: StoredImage, snapshotter: String, progress: @escaping @Sendable (Progress) -> Void
    ) async throws -> Int64 {
        let key = LayerKey(snapshotter: snapshotter, chain: image.chainIDs[index])
        let layer = image.layers[index]
        let size = try await work.run(key, onUpdate: { progress(Progress(layer: layer, read: $0)) }) { report in
            if let size = try await self.committedSize(key.chain, on: snapshotter) { return size }
            return try await self.make(index, of: image, snapshotter: snapshotter, report: report)
        }
        progress(Progress(layer: layer, read: nil))
        return size
    }

    /// - Returns: nil when there is no such committed snapshot.
    func committedSize(_ chain: String, on snapshotter: String) async throws -> Int64? {
        do {
            let info = try await plugins.call(SnapshotStat(key: chain), on: snapshotter, timeout: Self.snapshotTimeout)
            return info.kind == .committed ? info.labels[Label.size].flatMap { Int64($0) } ?? 0 : nil
        } catch let error as BerthError where error.kind == .notFound {
            return nil
        }
    }

    private func make(
        _ index: Int, of image: StoredImage, snapshotter: String, report: @escaping @Sendable (Int64) -> Void
    ) async throws -> Int64 {
        let chains = image.chainIDs
        let (chain, parent) = (chains[index], index > 0 ? chains[index - 1] : nil)
        let key = Self.activePrefix + chain
        let rebase = try await plugins.capabilities(of: snapshotter).contains("rebase")
        let below = { @Sendable in
            if index > 0 { _ = try await self.layer(index - 1, of: image, snapshotter: snapshotter) { _ in } }
        }
        if !rebase { try await below() }
        var labels = [
            Label.owner: Label.ownerValue, Label.image: image.id, Label.blob: image.layers[index].digest,
        ]
        do {
            let prepared = labels
            let applied = try await slots.run {
                // What a crash left under this key is not known to be whole.
                _ = try await self.plugins.call(
                    SnapshotRemove(key: key), on: snapshotter, timeout: Self.snapshotTimeout)
                let snapshot = try await self.plugins.call(
                    SnapshotPrepare(key: key, parent: rebase ? nil : parent, labels: prepared), on: snapshotter,
                    timeout: Self.snapshotTimeout)
                return try await self.apply(
                    image.layers[index], key: key, mounts: snapshot.mounts, snapshotter: snapshotter, report: report)
            }
            try check(applied, against: image.configuration.rootfs.diffIDs[index], image.layers[index])
            if rebase { try await below() }
            labels[Label.size] = String(applied.size)
            let commit = SnapshotCommit(snapshot: chain, key: key, parent: rebase ? parent : nil, labels: labels)
            _ = try await plugins.call(commit, on: snapshotter, timeout: Self.applyTimeout)
            return applied.size
        } catch {
            await discard(key, on: snapshotter)
            throw error
        }
    }

    private func apply(
        _ layer: OCIDescriptor, key: String, mounts: [Mount], snapshotter: String,
        report: @escaping @Sendable (Int64) -> Void
    ) async throws -> DifferApply.Result {
        guard let digest = Digest(layer.digest) else {
            throw BerthError(.corrupted, "\(layer.digest) is not a sha256 digest")
        }
        let differs = plugins.plugins(of: .differ)
        guard let differ = differs.contains(snapshotter) ? snapshotter : differs.first else {
            throw BerthError(.failedPrecondition, "no differ plugin is there to unpack layers")
        }
        let blob = try content.open(digest).shared()
        return try await plugins.call(
            DifferApply(mediaType: layer.mediaType, key: key, mounts: mounts), on: differ, timeout: Self.applyTimeout,
            descriptors: [blob], onProgress: { value in if let read = value.int { report(read) } }
        ).result
    }

    private func check(_ applied: DifferApply.Result, against diffID: String, _ layer: OCIDescriptor) throws {
        guard applied.diffID == diffID else {
            throw BerthError(
                .corrupted, "layer \(layer.digest) unpacks to \(applied.diffID), not to \(diffID) as its image says",
                object: "layer \(layer.digest)")
        }
    }

    /// Also when the caller was cancelled: in a task of its own.
    private func discard(_ key: String, on snapshotter: String) async {
        let plugins = plugins
        await Task.detached {
            // What cannot be removed now, the garbage collection removes.
            _ = try? await plugins.call(SnapshotRemove(key: key), on: snapshotter, timeout: Self.snapshotTimeout)
        }.value
    }
}

import BerthAPI
import ContentStore
import JSON
import JSONRPC
import Logging
import OCISpec
import Supervisor

extension ImageManager {
    /// Ingests that nobody went on with for a week, in seconds.
    private static let ingestAge: Int64 = 7 * 24 * 3600
    private static let timeout = Duration.seconds(60)

    /// Frees blobs and snapshots that no image, container or running operation needs: mark and sweep. Returns when a
    /// collection that began after this call has ended; a failure is logged, and left to the next.
    func collectGarbage() async {
        await collections.run {
            self.leases.beginCollection()
            defer { self.leases.endCollection() }
            do {
                try await self.sweepBlobs()
            } catch {
                self.logger.warning("garbage collection of blobs: \(error)")
            }
            for snapshotter in self.plugins.plugins(of: .snapshotter) {
                do {
                    try await self.sweepSnapshots(of: snapshotter)
                } catch {
                    self.logger.warning(
                        "garbage collection of snapshots: \(error)", metadata: ["plugin": "\(snapshotter)"])
                }
            }
        }
    }

    // MARK: Blobs

    private func sweepBlobs() async throws {
        let content = content
        let found = try await content.offPool { try content.list().map(\.digest) }
        // Marked after listing: what has come since is not in the list.
        let marked = Set(catalog.images.flatMap(\.blobs) + catalog.names.map(\.target.digest))
        for digest in found where !marked.contains(digest.description) {
            try leases.removeUnlessTouched(digest.description) { _ = try content.remove(digest) }
        }
        try await content.offPool { try content.removeIngests(olderThan: Self.ingestAge) }
    }

    // MARK: Snapshots

    private func sweepSnapshots(of snapshotter: String) async throws {
        let snapshots = try await plugins.call(SnapshotList(), on: snapshotter, timeout: Self.timeout)
        let marked = Set(catalog.images.flatMap(\.chainIDs)).union(usedSnapshots())
        var children: [String: Int] = [:]
        for snapshot in snapshots { if let parent = snapshot.parent { children[parent, default: 0] += 1 } }
        let ours = snapshots.filter { $0.labels[Unpacker.Label.owner] == Unpacker.Label.ownerValue }
        let parents = Dictionary(ours.map { ($0.key, $0.parent) }) { first, _ in first }

        // From the leaves down: a parent can go once its last child has gone.
        var queue = ours.filter { children[$0.key] == nil }.map(\.key)
        while let key = queue.popLast() {
            guard !marked.contains(key), !unpacker.isActive(key, snapshotter: snapshotter) else { continue }
            let removed = try await leases.removeUnlessTouched(key) {
                _ = try await plugins.call(SnapshotRemove(key: key), on: snapshotter, timeout: Self.timeout)
            }
            guard removed, let parent = parents[key] ?? nil, let count = children[parent] else { continue }
            children[parent] = count - 1
            if count == 1, parents[parent] != nil { queue.append(parent) }
        }
    }
}

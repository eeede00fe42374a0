import BerthAPI
import LinuxSystem
import PluginKit
import Synchronization

extension OverlaySnapshotter {
    func commit(_ request: SnapshotCommit) throws {
        try Validation.check(key: request.snapshot, labels: request.labels)
        try locks.hold([request.key, request.snapshot]) {
            guard let source = try commitSource(request) else { return }
            var result = source
            result.info.key = request.snapshot
            result.info.kind = .committed
            result.info.parent = source.info.parent ?? request.parent
            result.info.labels = request.labels ?? source.info.labels
            // From here on the parent cannot go, whether the snapshot had it or gets it.
            let isRebased = source.info.parent == nil && request.parent != nil
            if isRebased { try index.withLock { index throws(BerthError) in try index.reserve(request.parent) } }
            do {
                try finish(result)
            } catch {
                if isRebased { index.withLock { $0.release(request.parent) } }
                throw error
            }
            try index.withLock { [result] index throws(BerthError) in
                _ = try index.take(request.key)
                index.insert(result)
            }
        }
    }

    /// The snapshot to commit; nil when it has been committed before.
    private func commitSource(_ request: SnapshotCommit) throws -> Snapshot? {
        let (source, target) = index.withLock { ($0.find(request.key), $0.find(request.snapshot)) }
        guard let source else {
            guard let target, target.info.kind == .committed else {
                throw BerthError(
                    .notFound, "there is no snapshot \(request.key)", object: "snapshot \(request.key)")
            }
            return nil
        }
        if let target { throw Self.conflict(target) }
        guard source.info.kind == .active else {
            throw BerthError(
                .failedPrecondition, "snapshot \(request.key) is not active", object: "snapshot \(request.key)")
        }
        if let wanted = request.parent, let parent = source.info.parent, wanted != parent {
            throw BerthError(
                .failedPrecondition, "snapshot \(request.key) was made on \(parent), it cannot be put on \(wanted)",
                object: "snapshot \(request.key)")
        }
        return source
    }

    /// The work on disk; the new record is its last step, and the one that counts.
    private func finish(_ result: Snapshot) throws {
        let folder = try store.open(result)
        switch try folder.layerMark() {
        case .none: break
        case .unfinished:
            throw BerthError(
                .failedPrecondition, "a layer was not unpacked completely into this snapshot",
                hint: "unpack it again, or remove the snapshot")
        case .finished(let implied):
            let below = try index.withLock { index throws(BerthError) in try index.chain(result.info.parent) }
            if !implied.isEmpty, !below.isEmpty {
                let layers = try below.map { try store.open($0).content().shared() }
                let content = try folder.content()
                try FolderAttributes.complete(implied, in: content.raw, from: layers)
            }
        }
        try TreeRemover.remove(folder.raw, SnapshotStore.work)
        let isDurable = configuration.syncOnCommit ?? true
        if isDurable { try OpenFile.synchronizeFileSystem(folder.raw) }
        try folder.writeRecord(result.info, durable: isDurable)
    }
}

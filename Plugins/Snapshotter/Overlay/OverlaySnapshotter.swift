import BerthAPI
import JSON
import Layers
import LinuxSystem
import PluginKit
import Synchronization

/// The driver: an index in memory before folders on disk. Calls for one key run one after another, others at once.
final class OverlaySnapshotter: SnapshotterDriver, Sendable {
    let store: SnapshotStore
    let configuration: OverlayConfiguration
    let locks = KeyLocks()
    let index: Mutex<SnapshotIndex>
    let layout = OverlayMounts.detect()
    /// Use of committed snapshots, which does not change any more, by number.
    private let usages = Mutex<[Int: TreeUsage]>([:])

    init(root: String, configuration: OverlayConfiguration) throws {
        try FilesystemCheck.run(root)
        self.configuration = configuration
        store = try SnapshotStore(root: root)
        index = Mutex(try store.load())
    }

    // MARK: Making

    func prepare(_ request: SnapshotPrepare) throws -> [Mount] {
        try make(.active, request.key, request.parent, request.labels)
    }

    func view(_ request: SnapshotView) throws -> [Mount] {
        try make(.view, request.key, request.parent, request.labels)
    }

    private func make(
        _ kind: SnapshotInfo.Kind, _ key: String, _ parent: String?, _ labels: [String: String]?
    ) throws -> [Mount] {
        try Validation.check(key: key, labels: labels)
        return try locks.hold([key]) {
            if let existing = index.withLock({ $0.find(key) }) {
                guard existing.info.kind == kind, existing.info.parent == parent else { throw Self.conflict(existing) }
                return try mounts(of: existing)
            }
            let info = SnapshotInfo(
                key: key, kind: kind, parent: parent, labels: labels ?? [:], createdAt: Timestamp(nanoseconds: Host.now)
            )
            let made = try create(info)
            return try mounts(of: made)
        }
    }

    private func create(_ info: SnapshotInfo) throws -> Snapshot {
        let (number, parent) = try index.withLock { index throws(BerthError) in
            try index.reserve(info.parent)
            return (index.takeNumber(), info.parent.flatMap { index.find($0) })
        }
        let snapshot = Snapshot(number: number, info: info)
        do {
            try store.create(snapshot, parent: parent)
        } catch {
            index.withLock { $0.release(info.parent) }
            throw error
        }
        index.withLock { $0.insert(snapshot) }
        return snapshot
    }

    // MARK: Looking

    func mounts(_ key: String) throws -> [Mount] {
        let snapshot = try index.withLock { index throws(BerthError) in try index.get(key) }
        guard snapshot.info.kind != .committed else {
            throw BerthError(
                .failedPrecondition, "snapshot \(key) is committed", object: "snapshot \(key)",
                hint: "make a view of it, or an active snapshot upon it")
        }
        return try mounts(of: snapshot)
    }

    private func mounts(of snapshot: Snapshot) throws -> [Mount] {
        let below = try index.withLock { index throws(BerthError) in try index.chain(snapshot.info.parent) }
        return layout.mounts([snapshot] + below, in: store)
    }

    /// - Throws: `notFound` also for a snapshot whose folder somebody took away.
    func stat(_ key: String) throws -> SnapshotInfo {
        let snapshot = try index.withLock { index throws(BerthError) in try index.get(key) }
        guard try store.hasContent(of: snapshot) else {
            throw BerthError(
                .notFound, "the content of snapshot \(key) is gone from the disk", object: "snapshot \(key)")
        }
        return snapshot.info
    }

    func list(_ filter: SnapshotList) throws -> [SnapshotInfo] {
        index.withLock { $0.all.map(\.info) }.filter { info in
            (filter.kind == nil || info.kind == filter.kind)
                && (filter.parent == nil || info.parent == filter.parent)
                && (filter.labels ?? [:]).allSatisfy { info.labels[$0.key] == $0.value }
        }.sorted { $0.key < $1.key }
    }

    func usage(_ key: String) throws -> SnapshotUsage.Result {
        let snapshot = try index.withLock { index throws(BerthError) in try index.get(key) }
        let usage: TreeUsage
        if let known = usages.withLock({ $0[snapshot.number] }) {
            usage = known
        } else {
            let content = try store.open(snapshot).content()
            usage = try TreeUsage.measure(content.raw)
            if snapshot.info.kind == .committed { usages.withLock { $0[snapshot.number] = usage } }
        }
        return SnapshotUsage.Result(size: usage.allocated, inodes: usage.inodes)
    }

    func stats() -> JSON {
        let (all, committed) = index.withLock { index in
            (index.count, index.all.count { $0.info.kind == .committed })
        }
        return ["snapshots": JSON(Int64(all)), "committed": JSON(Int64(committed))]
    }

    // MARK: Changing

    func update(_ key: String, labels: [String: String]) throws -> SnapshotInfo {
        try Validation.check(key: key, labels: labels)
        return try locks.hold([key]) {
            var snapshot = try index.withLock { index throws(BerthError) in try index.get(key) }
            snapshot.info.labels = labels
            try store.open(snapshot).writeRecord(snapshot.info, durable: false)
            index.withLock { [snapshot] in $0.insert(snapshot) }
            return snapshot.info
        }
    }

    func remove(_ key: String) throws {
        try locks.hold([key]) {
            guard let snapshot = try index.withLock({ index throws(BerthError) in try index.take(key) }) else { return }
            do {
                try store.discard(snapshot)
            } catch {
                index.withLock { $0.insert(snapshot) }
                throw error
            }
            index.withLock { $0.release(snapshot.info.parent) }
            usages.withLock { $0[snapshot.number] = nil }
        }
    }

    func cleanup() throws -> Int { try store.trash.empty() }

    static func conflict(_ existing: Snapshot) -> BerthError {
        let (key, kind) = (existing.info.key, existing.info.kind)
        let parent = existing.info.parent.map { "with the parent \($0)" } ?? "without a parent"
        return BerthError(
            .conflict, "snapshot \(key) exists as \(kind == .view ? "a view" : kind.rawValue) \(parent)",
            object: "snapshot \(key)")
    }
}

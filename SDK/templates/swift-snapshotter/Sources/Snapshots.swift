import BerthAPI
import LinuxSystem
import PluginKit
import Synchronization

/// The driver: what there is in memory, before folders on disk. Calls for one key run one after another, others at
/// once: copies take long.
final class Snapshots: SnapshotterDriver {
    let store: SnapshotStore
    let locks = KeyLocks()
    let index: Mutex<[String: Snapshot]>

    init(root: String) throws {
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
        try Self.check(key)
        return try locks.hold(Set([key, parent].compactMap { $0 })) {
            if let known = index.withLock({ $0[key] }) {
                guard known.info.kind == kind, known.info.parent == parent else { throw Self.conflict(key) }
                return try mounts(of: known)
            }
            let below = try parent.map { try find($0, .committed) }
            let info = SnapshotInfo(
                key: key, kind: kind, parent: parent, labels: labels ?? [:], createdAt: Timestamp(nanoseconds: Host.now)
            )
            let snapshot = Snapshot(info: info, id: SnapshotStore.freshName())
            try store.create(snapshot, parent: below)
            index.withLock { $0[key] = snapshot }
            return try mounts(of: snapshot)
        }
    }

    func commit(_ request: SnapshotCommit) throws {
        let (name, key) = (request.snapshot, request.key)
        try Self.check(name)
        try locks.hold([name, key]) {
            let (known, consumed) = index.withLock { ($0[name], $0[key] == nil) }
            if let known {
                guard consumed, known.info.kind == .committed else { throw Self.conflict(name) }
                return
            }
            var snapshot = try find(key, .active)
            guard request.parent == nil || request.parent == snapshot.info.parent else {
                throw BerthError(.unimplemented, "a snapshot keeps its parent", object: "snapshot \(key)")
            }
            try store.synchronize()
            (snapshot.info.key, snapshot.info.kind) = (name, .committed)
            if let labels = request.labels { snapshot.info.labels = labels }
            try store.write(snapshot)
            index.withLock { [snapshot] in ($0[key], $0[name]) = (nil, snapshot) }
        }
    }

    // MARK: Looking

    func mounts(_ key: String) throws -> [Mount] {
        let snapshot = try find(key)
        guard snapshot.info.kind != .committed else {
            throw BerthError(.failedPrecondition, "snapshot \(key) is committed", object: "snapshot \(key)")
        }
        return try mounts(of: snapshot)
    }

    private func mounts(of snapshot: Snapshot) throws -> [Mount] {
        let isView = snapshot.info.kind == .view
        let shown = try isView ? snapshot.info.parent.map { try find($0) } ?? snapshot : snapshot
        return [Mount(type: "bind", source: store.contentPath(of: shown), options: ["bind", isView ? "ro" : "rw"])]
    }

    func find(_ key: String, _ kind: SnapshotInfo.Kind? = nil) throws -> Snapshot {
        guard let snapshot = index.withLock({ $0[key] }) else {
            throw BerthError(.notFound, "there is no snapshot \(key)", object: "snapshot \(key)")
        }
        guard kind == nil || snapshot.info.kind == kind else {
            throw BerthError(
                .failedPrecondition, "snapshot \(key) is not \(kind!.rawValue)", object: "snapshot \(key)")
        }
        return snapshot
    }

    func stat(_ key: String) throws -> SnapshotInfo { try find(key).info }

    func list(_ filter: SnapshotList) throws -> [SnapshotInfo] {
        index.withLock { $0.values.map(\.info) }.filter { info in
            (filter.kind == nil || info.kind == filter.kind) && (filter.parent == nil || info.parent == filter.parent)
                && (filter.labels ?? [:]).allSatisfy { info.labels[$0.key] == $0.value }
        }.sorted { $0.key < $1.key }
    }

    /// What it has more than its parent.
    func usage(_ key: String) throws -> SnapshotUsage.Result {
        let snapshot = try find(key)
        var usage = try store.withContent(of: snapshot) { try TreeUsage.measure($0) }
        if let parent = snapshot.info.parent, snapshot.info.kind != .view {
            let below = try store.withContent(of: try find(parent)) { try TreeUsage.measure($0) }
            usage.allocated = max(0, usage.allocated - below.allocated)
            usage.inodes = max(0, usage.inodes - below.inodes)
        }
        return SnapshotUsage.Result(size: usage.allocated, inodes: usage.inodes)
    }

    // MARK: Changing

    func update(_ key: String, labels: [String: String]) throws -> SnapshotInfo {
        try locks.hold([key]) {
            var snapshot = try find(key)
            snapshot.info.labels = labels
            try store.write(snapshot)
            index.withLock { [snapshot] in $0[key] = snapshot }
            return snapshot.info
        }
    }

    func remove(_ key: String) throws {
        try locks.hold([key]) {
            guard let snapshot = index.withLock({ $0[key] }) else { return }
            guard !index.withLock({ $0.values.contains { $0.info.parent == key } }) else {
                throw BerthError(.failedPrecondition, "snapshot \(key) has children", object: "snapshot \(key)")
            }
            try store.discard(snapshot)
            index.withLock { $0[key] = nil }
        }
    }

    func cleanup() throws -> Int { try store.cleanup() }

    // MARK: Refusing

    private static func check(_ key: String) throws {
        guard (1...256).contains(key.utf8.count) else {
            throw BerthError(.invalidArgument, "the key of a snapshot has 1 to 256 bytes")
        }
    }

    private static func conflict(_ key: String) -> BerthError {
        BerthError(.conflict, "there is a snapshot \(key) already", object: "snapshot \(key)")
    }
}

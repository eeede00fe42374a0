import BerthAPI

/// A snapshot and the number of its folder.
struct Snapshot: Sendable {
    var number: Int
    var info: SnapshotInfo
}

/// All snapshots, in memory: what the folders on disk say, read once at the start.
struct SnapshotIndex: Sendable {
    private var snapshots: [String: Snapshot] = [:]
    /// How many snapshots have a committed one as their parent, those being made included.
    private var children: [String: Int] = [:]
    private var nextNumber = 1

    var count: Int { snapshots.count }
    var all: some Collection<Snapshot> { snapshots.values }

    func find(_ key: String) -> Snapshot? { snapshots[key] }

    func get(_ key: String) throws(BerthError) -> Snapshot {
        guard let snapshot = snapshots[key] else {
            throw BerthError(.notFound, "there is no snapshot \(key)", object: "snapshot \(key)")
        }
        return snapshot
    }

    /// The snapshot and those below it, the uppermost first.
    func chain(_ key: String?) throws(BerthError) -> [Snapshot] {
        var chain: [Snapshot] = []
        var next = key
        while let key = next {
            let snapshot = try get(key)
            chain.append(snapshot)
            next = snapshot.info.parent
            guard chain.count <= snapshots.count else {
                throw BerthError(.corrupted, "the parents of snapshot \(key) lead in a circle")
            }
        }
        return chain
    }

    // MARK: Changes

    mutating func takeNumber() -> Int {
        defer { nextNumber += 1 }
        return nextNumber
    }

    mutating func skipNumbers(upTo number: Int) { nextNumber = max(nextNumber, number + 1) }

    /// Counts a child of `parent` before there is one: from now on the parent cannot be removed.
    mutating func reserve(_ parent: String?) throws(BerthError) {
        guard let parent else { return }
        let kind = try get(parent).info.kind
        guard kind == .committed else {
            throw BerthError(
                .failedPrecondition, "snapshot \(parent) is \(kind == .active ? "active" : "a view"), not committed",
                object: "snapshot \(parent)", hint: "only a committed snapshot can be a parent")
        }
        children[parent, default: 0] += 1
    }

    mutating func release(_ parent: String?) {
        guard let parent, let count = children[parent] else { return }
        children[parent] = count > 1 ? count - 1 : nil
    }

    /// Adds a snapshot whose parent has been reserved.
    mutating func insert(_ snapshot: Snapshot) { snapshots[snapshot.info.key] = snapshot }

    /// Adds a snapshot read from disk, whose parent may not have been read yet.
    mutating func load(_ snapshot: Snapshot) {
        insert(snapshot)
        if let parent = snapshot.info.parent { children[parent, default: 0] += 1 }
    }

    /// Takes a snapshot out; its parent stays reserved.
    mutating func take(_ key: String) throws(BerthError) -> Snapshot? {
        if let count = children[key] {
            throw BerthError(
                .failedPrecondition, "snapshot \(key) has \(count == 1 ? "a child" : "\(count) children")",
                object: "snapshot \(key)", hint: "remove what was made from it first")
        }
        return snapshots.removeValue(forKey: key)
    }
}

import Synchronization

/// Keeps what an operation works with from garbage collection: digests of blobs and names of snapshots.
///
/// A collection looks at what is referenced, then removes the rest. In between an operation may come to need something
/// that looked unused, or end and leave it referenced: so whatever was leased at any time during a collection survives
/// it. No lock is held while a plugin removes a snapshot; who wants to lease it meanwhile waits for that.
final class Leases: Sendable {
    private struct State {
        var held: [String: Int] = [:]
        /// What was leased since the collection that runs began; nil when none runs.
        var touched: Set<String>?
        var removing: [String: [CheckedContinuation<Void, Never>]] = [:]
    }

    private let state = Mutex(State())

    /// Runs `body` with everything in `keys` leased.
    func holding<Value: Sendable>(_ keys: [String], _ body: () async throws -> Value) async throws -> Value {
        await acquire(keys)
        defer { release(keys) }
        return try await body()
    }

    func acquire(_ keys: [String]) async {
        for key in keys { await acquire(key) }
    }

    func release(_ keys: [String]) {
        state.withLock { state in
            for key in keys {
                let count = (state.held[key] ?? 1) - 1
                state.held[key] = count == 0 ? nil : count
            }
        }
    }

    private func acquire(_ key: String) async {
        while true {
            let isFree = state.withLock { state in
                guard state.removing[key] == nil else { return false }
                state.held[key, default: 0] += 1
                state.touched?.insert(key)
                return true
            }
            if isFree { return }
            await removalEnd(key)
        }
    }

    private func removalEnd(_ key: String) async {
        await withCheckedContinuation { continuation in
            let over = state.withLock { state in
                state.removing[key]?.append(continuation)
                return state.removing[key] == nil
            }
            if over { continuation.resume() }
        }
    }

    func isHeld(_ key: String) -> Bool { state.withLock { $0.held[key] != nil } }

    // MARK: Collection

    /// To be called before looking at what is referenced. One collection at a time.
    func beginCollection() { state.withLock { $0.touched = Set($0.held.keys) } }

    func endCollection() { state.withLock { $0.touched = nil } }

    /// Runs `remove`, which must not block for long, unless the key was leased since the collection began.
    func removeUnlessTouched(_ key: String, _ remove: () throws -> Void) rethrows {
        try state.withLock { state in
            if state.touched?.contains(key) != true { try remove() }
        }
    }

    /// Runs `remove` while nobody can lease the key, unless it was leased since the collection began.
    ///
    /// - Returns: whether it ran.
    func removeUnlessTouched(_ key: String, _ remove: () async throws -> Void) async throws -> Bool {
        let claimed = state.withLock { state in
            guard state.touched?.contains(key) != true else { return false }
            state.removing[key] = []
            return true
        }
        guard claimed else { return false }
        defer {
            let waiters = state.withLock { $0.removing.removeValue(forKey: key) } ?? []
            for waiter in waiters { waiter.resume() }
        }
        try await remove()
        return true
    }
}

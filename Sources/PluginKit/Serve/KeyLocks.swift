import LinuxSystem

/// One lock for each key, so that a long operation on one object holds up no other.
public final class KeyLocks: Sendable {
    private let held = Monitor<Set<String>>([])

    public init() {}

    /// Runs `body` while nobody else has any of the keys.
    ///
    /// - Throws: `cancelled` when the caller has given up meanwhile.
    public func hold<R>(_ keys: Set<String>, _ body: () throws -> R) throws -> R {
        _ = held.wait { held -> Bool? in
            guard held.isDisjoint(with: keys) else { return nil }
            held.formUnion(keys)
            return true
        }
        defer {
            held.withLock { $0.subtract(keys) }
            held.wakeAll()
        }
        try Caller.current.check()
        return try body()
    }
}

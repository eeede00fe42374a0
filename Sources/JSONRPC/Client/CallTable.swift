import JSON
import LinuxSystem

/// One of our calls that waits for its answer.
struct PendingCall {
    var method: String
    var deadline: MonotonicTime
    var onProgress: (@Sendable (JSON) -> Void)?
    var completion: @Sendable (Swift.Result<Reply<JSON>, RPCError>) -> Void
}

/// Our calls that wait for their answers, by their ids.
struct CallTable {
    private var calls: [Int64: PendingCall] = [:]
    private var lastID: Int64 = 0
    private var closed = false

    var count: Int { calls.count }

    func progressHandler(_ id: Int64) -> (@Sendable (JSON) -> Void)? { calls[id]?.onProgress }

    /// - Returns: the id of the call, or nil when the connection has ended.
    mutating func insert(_ call: PendingCall) -> Int64? {
        guard !closed else { return nil }
        lastID += 1
        calls[lastID] = call
        return lastID
    }

    mutating func remove(_ id: Int64) -> PendingCall? { calls.removeValue(forKey: id) }

    /// Takes no more calls, and gives up those that wait.
    mutating func close() -> [PendingCall] {
        closed = true
        defer { calls = [:] }
        return Array(calls.values)
    }

    /// Takes out those whose deadline has passed; `next` is the earliest of the others.
    mutating func removeExpired(at now: MonotonicTime) -> (late: [(Int64, PendingCall)], next: MonotonicTime) {
        var next = MonotonicTime.never
        var late: [(Int64, PendingCall)] = []
        for (id, call) in calls {
            if call.deadline <= now { late.append((id, call)) } else { next = min(next, call.deadline) }
        }
        for (id, _) in late { calls[id] = nil }
        return (late, next)
    }
}

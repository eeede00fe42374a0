import LinuxSystem
import Synchronization

/// The peer's requests that are being worked on, by their ids.
struct RequestTable {
    private var requests: [RequestID: RequestContext] = [:]
    private var paused = false

    var count: Int { requests.count }

    subscript(id: RequestID) -> RequestContext? { requests[id] }

    /// - Returns: false when a request with this id is still being worked on.
    mutating func insert(_ request: RequestContext) -> Bool {
        guard requests[request.id] == nil else { return false }
        requests[request.id] = request
        return true
    }

    /// Notes that reading stops if there are `limit` of them.
    mutating func pauseIfFull(_ limit: Int) -> Bool {
        paused = requests.count >= limit
        return paused
    }

    /// - Returns: whether reading has to go on now. It does with the first answer, since the other requests may be such
    ///   that wait for long.
    mutating func remove(_ request: RequestContext, limit: Int) -> Bool {
        guard requests[request.id] === request else { return false }
        requests[request.id] = nil
        guard paused, requests.count < limit else { return false }
        paused = false
        return true
    }

    mutating func removeAll() -> [RequestContext] {
        defer { requests = [:] }
        return Array(requests.values)
    }

    /// Those whose deadline has passed, and the earliest of the others.
    func expired(at now: MonotonicTime) -> (late: [RequestContext], next: MonotonicTime) {
        var next = MonotonicTime.never
        var late: [RequestContext] = []
        for request in requests.values {
            guard let deadline = request.deadline else { continue }
            if deadline <= now { late.append(request) } else { next = min(next, deadline) }
        }
        return (late, next)
    }
}

extension Connection {
    /// An answer has gone out.
    func finished(_ request: RequestContext) {
        let (resume, empty) = requests.withLock { table in
            (table.remove(request, limit: limits.pendingRequests), table.count == 0)
        }
        if resume { loop.execute { self.resumeReading() } }
        if empty { closeIfFinished() }
    }
}

import Synchronization

/// Collects the answers to a batch, which go out as one message when all are there (JSON-RPC 2.0, section 6).
final class BatchReply: Sendable {
    private struct State {
        var missing: Int
        var bytes = 0
        var lines: [Line] = []
    }

    private let state: Mutex<State>

    init(expecting count: Int) { state = Mutex(State(missing: count)) }

    /// Bytes that the next answer may have, so that all together make a message within the limit. A kilobyte is kept
    /// for each of the others to say that there was no room.
    func room(in limits: Limits) -> Int {
        state.withLock { limits.messageBytes - $0.bytes - $0.missing * 1024 }
    }

    func add(_ line: Line, to connection: Connection) {
        let complete: [Line]? = state.withLock { state in
            state.lines.append(line)
            state.bytes += line.bytes.count + 1
            state.missing -= 1
            return state.missing == 0 ? state.lines : nil
        }
        if let complete { connection.sendAnswer(.batch(complete)) }
    }
}

import JSON
import LinuxSystem
import Synchronization

/// Calls for code that runs in tasks. Cancelling the task cancels the call.
extension Connection {
    /// Calls a method of the peer; see `call(_:timeout:descriptors:onProgress:completion:)`.
    public func call<M: Method>(
        _ method: M, timeout: Duration, descriptors: [SharedDescriptor] = [],
        onProgress: (@Sendable (JSON) -> Void)? = nil
    ) async throws(RPCError) -> M.Result {
        try await reply(to: method, timeout: timeout, descriptors: descriptors, onProgress: onProgress).result
    }

    /// As `call`, with the descriptors that came beside the answer.
    public func reply<M: Method>(
        to method: M, timeout: Duration, descriptors: [SharedDescriptor] = [],
        onProgress: (@Sendable (JSON) -> Void)? = nil
    ) async throws(RPCError) -> Reply<M.Result> {
        try await awaiting { completion in
            self.call(
                method, timeout: timeout, descriptors: descriptors, onProgress: onProgress, completion: completion)
        }
    }

    /// As `call`, by name, with the descriptors that came beside the answer.
    public func reply(
        method: String, params: JSON, timeout: Duration, descriptors: [SharedDescriptor] = [],
        onProgress: (@Sendable (JSON) -> Void)? = nil
    ) async throws(RPCError) -> Reply<JSON> {
        try await awaiting { completion in
            self.call(
                method: method, params: params, timeout: timeout, descriptors: descriptors, onProgress: onProgress,
                completion: completion)
        }
    }

    private func awaiting<Value: Sendable>(
        _ start: @Sendable (@escaping Completion<Value>) -> CallID?
    ) async throws(RPCError) -> Reply<Value> {
        let handle = CallHandle()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if let id = start({ continuation.resume(returning: $0) }) { handle.started(id, on: self) }
            }
        } onCancel: {
            handle.cancel(on: self)
        }
        return try result.get()
    }
}

/// Joins a call with the cancellation of the task that waits for it, whichever comes first.
private final class CallHandle: Sendable {
    private let state = Mutex<(id: CallID?, cancelled: Bool)>((nil, false))

    func started(_ id: CallID, on connection: Connection) {
        let cancelled = state.withLock { state in
            state.id = id
            return state.cancelled
        }
        if cancelled { connection.cancel(id) }
    }

    func cancel(on connection: Connection) {
        let id = state.withLock { state in
            state.cancelled = true
            return state.id
        }
        if let id { connection.cancel(id) }
    }
}

import JSON
import LinuxSystem
import Synchronization

/// A call that was made; to cancel it.
public struct CallID: Hashable, Sendable {
    let number: Int64
}

extension Connection {
    public typealias Completion<Value: Sendable> = @Sendable (Swift.Result<Reply<Value>, RPCError>) -> Void

    /// Calls a method of the peer.
    ///
    /// - Parameters:
    ///   - timeout: after it the call fails with deadlineExceeded, whatever the peer does; it is told too.
    ///   - descriptors: sent along, at most 16; they stay the caller's.
    ///   - onProgress: runs on the loop's thread for each notification of progress.
    ///   - completion: runs once, on the loop's thread as a rule, or on this one when the call cannot be made.
    @discardableResult
    public func call<M: Method>(
        _ method: M, timeout: Duration, descriptors: [SharedDescriptor] = [],
        onProgress: (@Sendable (JSON) -> Void)? = nil, completion: @escaping Completion<M.Result>
    ) -> CallID? {
        let params: JSON
        do {
            params = try JSON(encoding: method)
        } catch {
            completion(.failure(.invalidParams("the parameters of \(M.name) cannot be written: \(error)")))
            return nil
        }
        return call(
            method: M.name, params: params, timeout: timeout, descriptors: descriptors, onProgress: onProgress
        ) { result in completion(result.flatMap { Self.decode(M.self, $0) }) }
    }

    /// Calls a method by its name; see `call(_:timeout:descriptors:onProgress:completion:)`.
    @discardableResult
    public func call(
        method: String, params: JSON, timeout: Duration, descriptors: [SharedDescriptor] = [],
        onProgress: (@Sendable (JSON) -> Void)? = nil, completion: @escaping Completion<JSON>
    ) -> CallID? {
        let deadline = MonotonicTime.now + timeout
        let pending = PendingCall(
            method: method, deadline: deadline, onProgress: onProgress, completion: completion)
        if let refusal = refusal(of: pending, descriptors) {
            completion(.failure(refusal))
            return nil
        }
        guard let id = calls.withLock({ $0.insert(pending) }) else {
            completion(.failure(.connectionClosed(endReason)))
            return nil
        }
        let line = Line.request(
            id: id, method: method, params: params, timeout: timeout.millisecondsRoundedUp,
            progress: onProgress != nil, descriptors: descriptors)
        watchDeadline(deadline)
        let outcome = line.bytes.count > limits.messageBytes ? nil : send(line)
        if outcome != .accepted { failUnsent(id, outcome, line.bytes.count) }
        return CallID(number: id)
    }

    /// Gives a call up: it fails with requestCancelled, and the peer is told. Nothing happens when it was answered.
    public func cancel(_ call: CallID) {
        guard let pending = calls.withLock({ $0.remove(call.number) }) else { return }
        abandon(call.number, pending, .requestCancelled)
    }

    // MARK: Ends of a call

    func abandon(_ id: Int64, _ call: PendingCall, _ error: RPCError) {
        notify(method: "$/cancel", params: .object([("id", JSON(id))]))
        call.completion(.failure(error))
    }

    /// An answer has come; nothing happens when nobody waits for it any more.
    func finishCall(_ id: RequestID, _ result: Swift.Result<JSON, RPCError>, _ descriptors: [SharedDescriptor]) {
        guard case .number(let number) = id, let call = calls.withLock({ $0.remove(number) }) else { return }
        call.completion(result.map { Reply(result: $0, descriptors: descriptors) })
    }

    func failCalls(_ error: RPCError) {
        for call in calls.withLock({ $0.close() }) { call.completion(.failure(error)) }
    }

    /// Why the connection has ended, or will when its last answers are sent.
    public var endReason: String { ending.withLock { $0.reason } ?? "it is being closed" }

    private func refusal(of call: PendingCall, _ descriptors: [SharedDescriptor]) -> RPCError? {
        if descriptors.count > Limits.descriptors {
            return .limitExceeded("\(descriptors.count) descriptors beside one message")
        }
        guard calls.withLock({ $0.count }) < limits.pendingCalls else {
            return .busy("\(limits.pendingCalls) calls wait for their answers")
        }
        return nil
    }

    private func failUnsent(_ id: Int64, _ outcome: SendOutcome?, _ size: Int) {
        guard let call = calls.withLock({ $0.remove(id) }) else { return }
        let error: RPCError =
            switch outcome {
            case nil: .limitExceeded("the request \(call.method) has \(size) bytes, more than \(limits.messageBytes)")
            case .full: .busy("the peer does not read its requests")
            default: .connectionClosed(endReason)
            }
        call.completion(.failure(error))
    }

    static func decode<M: Method>(
        _: M.Type, _ reply: Reply<JSON>
    ) -> Swift.Result<Reply<M.Result>, RPCError> {
        do {
            let result = try reply.result.decode(M.Result.self)
            return .success(Reply(result: result, descriptors: reply.descriptors))
        } catch {
            return .failure(.internalError("the peer's answer to \(M.name) is not as declared: \(error)"))
        }
    }
}

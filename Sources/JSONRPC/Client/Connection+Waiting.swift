import JSON
import LinuxSystem
import Synchronization

/// Calls that wait for their answer, for programs and threads that have nothing else to do.
extension Connection {
    /// Calls, and runs the loop on this thread until the answer is there: for programs with one thread.
    ///
    /// Not from within a handler of this connection, which could not read the answer: that fails as internalError.
    public func callAndWait<M: Method>(
        _ method: M, timeout: Duration, descriptors: [SharedDescriptor] = [],
        onProgress: (@Sendable (JSON) -> Void)? = nil
    ) throws(RPCError) -> Reply<M.Result> {
        guard !isHandlingInput else { throw .internalError("a handler cannot wait for its own connection") }
        let answer = Answer<Reply<M.Result>>()
        call(method, timeout: timeout, descriptors: descriptors, onProgress: onProgress) { result in
            answer.result.withLock { $0 = result }
        }
        loop.run { answer.result.withLock { $0 != nil } }
        let result = answer.result.withLock { $0 }
        return try (result ?? .failure(.connectionClosed("the event loop was stopped"))).get()
    }

    /// Calls, and blocks this thread until the answer is there, while another thread runs the loop.
    ///
    /// Not on the loop's own thread, which would wait for itself: that fails as internalError.
    public func callBlocking<M: Method>(
        _ method: M, timeout: Duration, descriptors: [SharedDescriptor] = [],
        onProgress: (@Sendable (JSON) -> Void)? = nil
    ) throws(RPCError) -> Reply<M.Result> {
        guard !loop.isCurrent else { throw .internalError("the event loop cannot wait for itself") }
        let answer = Monitor<Swift.Result<Reply<M.Result>, RPCError>?>(nil)
        call(method, timeout: timeout, descriptors: descriptors, onProgress: onProgress) { result in
            answer.withLock { $0 = result }
            answer.wakeAll()
        }
        // The call itself ends at its deadline; so does the wait.
        return try answer.wait { $0 }!.get()
    }
}

private final class Answer<Value: Sendable>: Sendable {
    let result = Mutex<Swift.Result<Value, RPCError>?>(nil)
}

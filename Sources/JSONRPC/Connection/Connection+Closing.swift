import JSON
import LinuxSystem
import Synchronization

extension Connection {
    /// How a connection ended, and who wants to know.
    struct Ending {
        var reason: String?
        /// What the peer said last about a message that it could not read: the best explanation of an end that follows.
        var complaint: String?
        var handlers: [@Sendable (String) -> Void] = []
    }

    public var isClosed: Bool { ending.withLock { $0.reason != nil } }

    /// Runs `handler` with the reason when the connection has ended, on the thread that ended it; at once if it has.
    public func onClose(_ handler: @escaping @Sendable (String) -> Void) {
        let reason = ending.withLock { ending in
            if ending.reason == nil { ending.handlers.append(handler) }
            return ending.reason
        }
        if let reason { handler(reason) }
    }

    /// Ends the connection now: what waits to be sent is lost, our calls fail with connectionClosed, the peer's
    /// requests are cancelled. Nothing happens when it has ended.
    public func close(reason: String = "closed by this side") {
        let handlers: [@Sendable (String) -> Void]? = ending.withLock { ending in
            guard ending.reason == nil else { return nil }
            ending.reason = reason
            defer { ending.handlers = [] }
            return ending.handlers
        }
        guard let handlers else { return }
        let waiters = output.withLock { output in
            if let watch = output.watch { loop.deregister(watch) }
            output.end()
            return output.takeDrainWaiters()
        }
        for waiter in waiters { waiter.resume() }
        deadlines.withLock { $0.cancel(loop) }
        failCalls(.connectionClosed(reason))
        for request in requests.withLock({ $0.removeAll() }) { request.cancel(nil) }
        for handler in handlers { handler(reason) }
    }

    /// Ends the connection when the requests that were read are answered and everything is sent. Reads no more.
    public func finish(reason: String = "closed by this side") {
        output.withLock { output in
            output.finishing = output.finishing ?? reason
            output.reading = false
            updateInterest(&output)
        }
        failCalls(.connectionClosed(reason))
        closeIfFinished()
    }

    /// To be called whenever an answer has gone or the queue has become empty.
    func closeIfFinished() {
        let (reason, waiters) = output.withLock { output in
            output.isEmpty ? (output.finishing, output.takeDrainWaiters()) : (nil, [])
        }
        for waiter in waiters { waiter.resume() }
        guard let reason, requests.withLock({ $0.count }) == 0 else { return }
        close(reason: reason)
    }

    /// Tells the peer why, as well as its socket takes it, and ends the connection.
    func refuse(_ error: RPCError) {
        enqueue(.failure(id: nil, error))
        flush()
        close(reason: error.message)
    }
}

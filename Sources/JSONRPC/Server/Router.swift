import JSON
import LinuxSystem
import Synchronization

/// Finds the handler of a method by its name, decodes the parameters, runs it, and writes its result or error.
public final class Router: Service {
    /// Runs a job somewhere: here, or on a pool of threads (`WorkerPool.submit`).
    ///
    /// It answers false when it cannot take the job, which then fails as busy.
    public typealias Executor = @Sendable (_ job: @escaping @Sendable () -> Void) -> Bool

    /// Puts what a handler threw on the wire.
    public typealias ErrorMapper = @Sendable (any Error) -> RPCError

    typealias Handler = @Sendable (RequestContext) -> Void

    private struct State {
        var handlers: [String: Handler] = [:]
        var notifications: [String: @Sendable (ReceivedNotification) -> Void] = [:]
        var methods: [MethodDescription] = []
    }

    /// Runs handlers on the loop's thread: for those that never block.
    public static let inline: Executor = { job in
        job()
        return true
    }

    private let executor: Executor
    private let errorMapper: ErrorMapper
    private let state = Mutex(State())

    /// - Parameters:
    ///   - executor: where synchronous handlers run.
    ///   - errorMapper: the one place where errors become wire errors; an `RPCError` passes as it is.
    public init(
        executor: @escaping Executor = Router.inline,
        errorMapper: @escaping ErrorMapper = { .internalError("\($0)") }
    ) {
        self.executor = executor
        self.errorMapper = errorMapper
    }

    // MARK: Declaring

    /// Answers a method with a function.
    ///
    /// - Parameter executor: where it runs, if not where the router's others do.
    public func on<M: Method>(
        _: M.Type, executor: Executor? = nil,
        _ body: @escaping @Sendable (M, RequestContext) throws -> M.Result
    ) {
        let executor = executor ?? self.executor
        add(MethodDescription(M.self)) { context in
            let accepted = executor {
                self.answer(context) { try body(try context.decodeParams(M.self), context) }
            }
            if !accepted { context.fail(.busy("too many calls wait for \(M.name)")) }
        }
    }

    /// Answers a method with a function that answers the context itself, later and from any thread.
    public func onDeferred<M: Method>(_: M.Type, _ body: @escaping @Sendable (M, RequestContext) -> Void) {
        add(MethodDescription(M.self)) { context in
            do throws(RPCError) {
                body(try context.decodeParams(M.self), context)
            } catch {
                context.fail(error)
            }
        }
    }

    /// Takes a notification, on the loop's thread. One that does not decode is ignored.
    public func notification<N: Notification>(_: N.Type, _ body: @escaping @Sendable (N, Connection) -> Void) {
        state.withLock { state in
            state.notifications[N.name] = { received in
                guard let notification = try? received.params.decode(N.self) else { return }
                body(notification, received.connection)
            }
        }
    }

    func add(_ method: MethodDescription, _ handler: @escaping Handler) {
        state.withLock { state in
            precondition(state.handlers[method.name] == nil, "\(method.name) is declared twice")
            state.handlers[method.name] = handler
            state.methods.append(method)
        }
    }

    /// The methods that are answered, in the order of their declaration.
    public var methods: [MethodDescription] { state.withLock { $0.methods } }

    public func answers(_ method: String) -> Bool { state.withLock { $0.handlers[method] != nil } }

    // MARK: Service

    public func handle(_ request: RequestContext) {
        guard let handler = state.withLock({ $0.handlers[request.method] }) else {
            return request.fail(.methodNotFound(request.method))
        }
        handler(request)
    }

    public func handle(_ notification: ReceivedNotification) {
        state.withLock { $0.notifications[notification.method] }?(notification)
    }

    /// To the wire.
    func wireError(_ error: any Error) -> RPCError { error as? RPCError ?? errorMapper(error) }

    private func answer(_ context: RequestContext, _ body: () throws -> some Encodable) {
        // A call that was cancelled in the queue need not start.
        guard !context.isCancelled else { return }
        do {
            context.respond(try body())
        } catch {
            context.fail(wireError(error))
        }
    }
}

extension RequestContext {
    /// The parameters as the method declares them.
    ///
    /// - Throws: invalidParams with a sentence that names the member.
    public func decodeParams<M: Method>(_: M.Type) throws(RPCError) -> M {
        do {
            return try params.decode(M.self)
        } catch {
            throw .invalidParams("the parameters of \(method): \(error)")
        }
    }
}

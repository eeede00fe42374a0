import LinuxSystem

/// Handlers that are tasks. In a file of their own: a program that declares none does without Swift's concurrency
/// runtime.
extension Router {
    /// Answers a method with a task. When the caller cancels, its deadline passes or the connection ends, the task is
    /// cancelled; the caller is answered without waiting for it.
    public func onAsync<M: Method>(
        _: M.Type, _ body: @escaping @Sendable (M, RequestContext) async throws -> M.Result
    ) {
        add(MethodDescription(M.self)) { context in
            let task = Task { await self.run(M.self, context, body) }
            context.onCancel { task.cancel() }
        }
    }

    private func run<M: Method>(
        _: M.Type, _ context: RequestContext, _ body: @Sendable (M, RequestContext) async throws -> M.Result
    ) async {
        do {
            context.respond(try await body(try context.decodeParams(M.self), context))
        } catch is CancellationError {
            context.fail(.requestCancelled)
        } catch {
            context.fail(wireError(error))
        }
    }
}

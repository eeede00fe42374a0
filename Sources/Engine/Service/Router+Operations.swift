import BerthAPI
import JSONRPC

extension Router {
    /// Answers a method that changes something. Once begun it is carried through, whether or not its client stays: the
    /// calls that undo half of an operation must not be cancelled with it.
    func onOperation<M: Method>(
        _: M.Type, _ gate: OperationGate,
        _ body: @escaping @Sendable (M, RequestContext) async throws -> M.Result
    ) {
        onAsync(M.self) { request, context in
            try await Task { try await gate.run { try await body(request, context) } }.value
        }
    }

    /// As `onOperation`, for methods that answer nothing.
    func onOperation<M: Method>(
        _: M.Type, _ gate: OperationGate, _ body: @escaping @Sendable (M) async throws -> Void
    ) where M.Result == Empty {
        onOperation(M.self, gate) { request, _ in
            try await body(request)
            return Empty()
        }
    }
}

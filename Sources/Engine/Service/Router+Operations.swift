import BerthAPI
import JSON
import JSONRPC
import Supervisor

extension Router {
    /// Answers a method that changes something. Once begun it is carried through, whether or not its client stays: the
    /// calls that undo half of an operation must not be cancelled with it.
    func onOperation<M: Method>(
        _: M.Type, _ gate: OperationGate,
        _ body: @escaping @Sendable (M, RequestContext) async throws -> M.Result
    ) {
        onAsync(M.self) { request, context in
            let object = Self.object(of: context.params)
            return try await Task {
                try await gate.run {
                    try await gate.history.run(M.name, object: object) { try await body(request, context) }
                }
            }.value
        }
    }

    /// What a request is about, for people.
    private static func object(of params: JSON) -> String? {
        for member in ["id", "name", "reference", "network", "source"] {
            if let text = params[member]?.string { return text }
        }
        return params["config"]?["image"]?.string
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

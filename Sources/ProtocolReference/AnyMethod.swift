import JSON
import JSONRPC

/// A method without its types: what can be said of it, and whether a message is one of its.
public struct AnyMethod: Sendable {
    public let description: MethodDescription
    /// Throws where the parameters do not decode.
    public let checkParams: @Sendable (JSON) throws -> Void
    /// Throws where the result does not decode.
    public let checkResult: @Sendable (JSON) throws -> Void

    public var name: String { description.name }

    public init<M: Method>(_: M.Type) {
        description = MethodDescription(M.self)
        checkParams = { _ = try $0.decode(M.self) }
        checkResult = { _ = try $0.decode(M.Result.self) }
    }
}

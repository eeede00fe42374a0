import JSON

/// What is known of a method from its declaration.
public struct MethodDescription: Sendable {
    public let name: String
    public let summary: String
    private let schemas: @Sendable () -> (params: JSON, result: JSON)

    public init<M: Method>(_: M.Type) {
        name = M.name
        summary = M.summary
        schemas = { (JSON.schema(of: M.self), JSON.schema(of: M.Result.self)) }
    }

    /// The JSON Schema of the parameters. Derived at each call.
    public var params: JSON { schemas().params }

    /// The JSON Schema of the result. Derived at each call.
    public var result: JSON { schemas().result }
}

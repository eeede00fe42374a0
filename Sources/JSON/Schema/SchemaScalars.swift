/// A type of the standard library whose schema follows from its parameters.
protocol SchemaComposed {
    /// The schema, and a value that needs no sample of the parameters.
    static func composedSchema(_ probe: SchemaProbe) -> (JSON, Any)
}

extension Optional: SchemaComposed where Wrapped: Decodable {
    static func composedSchema(_ probe: SchemaProbe) -> (JSON, Any) {
        (probe.schema(of: Wrapped.self), Self.none as Any)
    }
}

extension Array: SchemaComposed where Element: Decodable {
    static func composedSchema(_ probe: SchemaProbe) -> (JSON, Any) {
        (["type": "array", "items": probe.schema(of: Element.self)], Self())
    }
}

extension Set: SchemaComposed where Element: Decodable {
    static func composedSchema(_ probe: SchemaProbe) -> (JSON, Any) {
        (["type": "array", "items": probe.schema(of: Element.self), "uniqueItems": true], Self())
    }
}

extension Dictionary: SchemaComposed where Key: Decodable, Value: Decodable {
    static func composedSchema(_ probe: SchemaProbe) -> (JSON, Any) {
        // The standard library writes any other key and its value as two elements of an array.
        guard Key.self is any CodingKeyRepresentable.Type else { return (["type": "array"], Self()) }
        return (["type": "object", "additionalProperties": probe.schema(of: Value.self)], Self())
    }
}

extension SchemaProbe {
    /// Schema and sample of a type that JSON has itself; nil for any other.
    func scalar<T: Decodable>(_ type: T.Type) -> (schema: JSON, value: Result<T, any Error>)? {
        let known: (JSON, Any)? =
            switch T.self {
            case is String.Type: (["type": "string"], "")
            case is Bool.Type: (["type": "boolean"], false)
            case is Double.Type: (["type": "number"], Double(0))
            case is Float.Type: (["type": "number"], Float(0))
            case is JSON.Type: ([:], JSON.null)
            case let integer as any FixedWidthInteger.Type: Self.integer(integer)
            default: nil
            }
        guard let (schema, value) = known, let value = value as? T else { return nil }
        return (schema, .success(value))
    }

    private static func integer<I: FixedWidthInteger>(_ type: I.Type) -> (JSON, Any) {
        (I.isSigned ? ["type": "integer"] : ["type": "integer", "minimum": 0], I.zero)
    }
}

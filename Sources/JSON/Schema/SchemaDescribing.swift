/// A type that states its own JSON Schema instead of having it derived.
///
/// To derive the schema of a type that contains this one, a sample value is decoded from, in this order, the schema's
/// first of `examples`, its `default`, its `const`, its first of `enum`, or the simplest value of its `type`. A type
/// whose `init(from:)` refuses that states `examples`.
public protocol SchemaDescribing {
    static var jsonSchema: JSON { get }
}

extension SchemaDescribing where Self: RawRepresentable & CaseIterable, RawValue == String {
    /// A string, one of the raw values.
    public static var jsonSchema: JSON {
        ["type": "string", "enum": .array(allCases.map { JSON($0.rawValue) })]
    }
}

extension JSON {
    /// The JSON Schema (draft 2020-12) of what `type` decodes from.
    ///
    /// Runs `init(from:)` against a decoder that notes what is asked of it and answers with samples. Members read with
    /// `decode` are `required`, in the order asked. An object's `title` is its type's name; a type inside itself is
    /// only named. When an `init(from:)` refuses its samples, the rest of it stays unknown and `$comment` says why.
    public static func schema<T: Decodable>(of type: T.Type) -> JSON {
        SchemaProbe().schema(of: T.self)
    }
}

/// Derives schemas and keeps the types being derived, to notice recursion.
final class SchemaProbe {
    private var active: Set<ObjectIdentifier> = []

    func schema<T: Decodable>(of type: T.Type) -> JSON {
        sample(T.self).schema
    }

    /// The schema of a type, and a value of it, or the reason why there is none.
    func sample<T: Decodable>(_ type: T.Type) -> (schema: JSON, value: Result<T, any Error>) {
        if let known = scalar(T.self) { return known }
        guard active.insert(ObjectIdentifier(T.self)).inserted else {
            return (["title": JSON(Self.name(of: T.self))], .failure(SchemaFailure("\(T.self) contains itself")))
        }
        defer { active.remove(ObjectIdentifier(T.self)) }
        if let type = T.self as? any SchemaDescribing.Type { return stated(type.jsonSchema) }
        if let type = T.self as? any SchemaComposed.Type, let (schema, value) = composed(type, as: T.self) {
            return (schema, .success(value))
        }
        if let type = T.self as? any (CaseIterable & RawRepresentable).Type { return enumeration(type) }
        return recorded(T.self)
    }

    /// As it is declared, without its module: `ContainerCreate.Result`.
    private static func name(of type: Any.Type) -> String {
        String(String(reflecting: type).drop { $0 != "." }.dropFirst())
    }

    private func stated<T: Decodable>(_ schema: JSON) -> (JSON, Result<T, any Error>) {
        (schema, Result { try Self.example(of: schema).decode(T.self) })
    }

    private func composed<T>(_ type: any SchemaComposed.Type, as: T.Type) -> (JSON, T)? {
        let (schema, value) = type.composedSchema(self)
        return (value as? T).map { (schema, $0) }
    }

    private func enumeration<T, E: CaseIterable & RawRepresentable>(_ type: E.Type) -> (JSON, Result<T, any Error>) {
        let values = E.allCases.compactMap { Self.literal($0.rawValue) }
        let schema: JSON = ["type": values.first?.string == nil ? "integer" : "string", "enum": .array(values)]
        guard let first = E.allCases.first as? T else {
            return (schema, .failure(SchemaFailure("\(E.self) has no cases")))
        }
        return (schema, .success(first))
    }

    private static func literal(_ value: Any) -> JSON? {
        if let text = value as? String { return JSON(text) }
        return (value as? any BinaryInteger).flatMap { Int64(exactly: $0) }.map { JSON($0) }
    }

    private func recorded<T: Decodable>(_ type: T.Type) -> (JSON, Result<T, any Error>) {
        let recorder = SchemaRecorder(probe: self)
        let value = Result { try T(from: recorder) }
        var schema = recorder.schema(title: Self.name(of: T.self))
        if case .failure(let error) = value { schema = schema.setting("$comment", to: JSON("incomplete: \(error)")) }
        return (schema, value)
    }

    /// The simplest value that a schema admits, or the one it shows itself.
    private static func example(of schema: JSON) -> JSON {
        if let shown = schema["examples"]?[0] ?? schema["default"] ?? schema["const"] ?? schema["enum"]?[0] {
            return shown
        }
        switch schema["type"]?.string ?? schema["type"]?[0]?.string {
        case "string": return ""
        case "integer", "number": return schema["minimum"] ?? 0
        case "boolean": return false
        case "array": return []
        case "null": return .null
        default: return .object(requiredExamples(of: schema))
        }
    }

    private static func requiredExamples(of schema: JSON) -> [(String, JSON)] {
        (schema["required"]?.array ?? []).compactMap(\.string).map { key in
            (key, example(of: schema["properties"]?[key] ?? [:]))
        }
    }
}

/// Why a type has no sample value.
struct SchemaFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

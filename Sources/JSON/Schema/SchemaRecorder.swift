/// A decoder that notes the shape asked of it and answers with samples.
final class SchemaRecorder: Decoder {
    private enum Shape {
        case unknown
        case object
        case array(items: () -> JSON)
        case value(JSON)
    }

    let probe: SchemaProbe
    private var shape = Shape.unknown
    private var properties: [(key: String, schema: () -> JSON)] = []
    private var required: [String] = []
    private var optional: Set<String> = []

    init(probe: SchemaProbe) {
        self.probe = probe
    }

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        shape = .object
        return KeyedDecodingContainer(SchemaKeyedRecorder<Key>(recorder: self))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer {
        shape = .array { [:] }
        return SchemaUnkeyedRecorder(recorder: self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        SchemaSingleRecorder(recorder: self)
    }

    /// The schema noted so far; of an object, with its type's name as `title`.
    func schema(title: String? = nil) -> JSON {
        switch shape {
        case .unknown: return [:]
        case .value(let schema): return schema
        case .array(let items): return ["type": "array", "items": items()]
        case .object: return objectSchema(title)
        }
    }

    private func objectSchema(_ title: String?) -> JSON {
        var schema: [(String, JSON)] = title.map { [("title", JSON($0))] } ?? []
        schema.append(("type", "object"))
        schema.append(("properties", .object(properties.map { ($0.key, $0.schema()) })))
        if !required.isEmpty { schema.append(("required", .array(required.map { JSON($0) }))) }
        return .object(schema)
    }
}

// MARK: - Noting

extension SchemaRecorder {
    func value<T: Decodable>(_ type: T.Type) throws -> T {
        let sample = probe.sample(T.self)
        shape = .value(sample.schema)
        return try sample.value.get()
    }

    func element<T: Decodable>(_ type: T.Type) throws -> T {
        let sample = probe.sample(T.self)
        shape = .array { sample.schema }
        return try sample.value.get()
    }

    func member<T: Decodable>(_ type: T.Type, _ key: String) throws -> T {
        let sample = probe.sample(T.self)
        note(key) { sample.schema }
        return try sample.value.get()
    }

    func optionalMember<T: Decodable>(_ type: T.Type, _ key: String) {
        makeOptional(key)
        let schema = probe.schema(of: T.self)
        note(key) { schema }
    }

    func makeOptional(_ key: String) {
        optional.insert(key)
        required.removeAll { $0 == key }
    }

    /// A recorder for what is read from a member through a nested container or decoder.
    func nestedMember(_ key: String) -> SchemaRecorder {
        let recorder = SchemaRecorder(probe: probe)
        note(key) { recorder.schema() }
        return recorder
    }

    /// A recorder for what is read from an element through a nested container or decoder.
    func nestedElement() -> SchemaRecorder {
        let recorder = SchemaRecorder(probe: probe)
        shape = .array { recorder.schema() }
        return recorder
    }

    /// The first thing read from a member decides on its schema.
    private func note(_ key: String, _ schema: @escaping () -> JSON) {
        guard !properties.contains(where: { $0.key == key }) else { return }
        properties.append((key, schema))
        if !optional.contains(key) { required.append(key) }
    }
}

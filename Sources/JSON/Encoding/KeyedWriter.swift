import CJansson

/// The members of an object.
struct KeyedWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: ValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil(forKey key: Key) {
        encoder.put(Build.null(), at: .key(key.stringValue))
    }

    func encode(_ value: Bool, forKey key: Key) {
        encoder.encode(value, as: .key(key.stringValue))
    }

    func encode(_ value: String, forKey key: Key) {
        encoder.encode(value, as: .key(key.stringValue))
    }

    func encode(_ value: Double, forKey key: Key) throws {
        try encoder.encode(number: value, as: .key(key.stringValue))
    }

    func encode(_ value: Float, forKey key: Key) throws {
        try encoder.encode(number: value, as: .key(key.stringValue))
    }

    func encode<I: FixedWidthInteger & Encodable>(_ value: I, forKey key: Key) throws {
        try encoder.encode(integer: value, as: .key(key.stringValue))
    }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try encoder.encode(value, as: .key(key.stringValue))
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        ValueEncoder(at: .key(key.stringValue), of: encoder).container(keyedBy: NestedKey.self)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        ValueEncoder(at: .key(key.stringValue), of: encoder).unkeyedContainer()
    }

    func superEncoder() -> any Encoder {
        ValueEncoder(at: .key("super"), of: encoder)
    }

    func superEncoder(forKey key: Key) -> any Encoder {
        ValueEncoder(at: .key(key.stringValue), of: encoder)
    }
}

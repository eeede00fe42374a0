import CJansson

/// The members of an object.
///
/// One generic `decode` for integers serves all the integer overloads of the protocol.
struct KeyedReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: ValueDecoder

    private var object: Node { decoder.node }

    var codingPath: [any CodingKey] { decoder.codingPath }

    var allKeys: [Key] {
        var keys: [Key] = []
        keys.reserveCapacity(json_object_size(object))
        object.forEachMember { name, _ in
            if let key = Key(stringValue: String(decoding: name, as: UTF8.self)) { keys.append(key) }
        }
        return keys
    }

    func contains(_ key: Key) -> Bool {
        object.member(key.stringValue) != nil
    }

    func decodeNil(forKey key: Key) throws -> Bool {
        try required(key.stringValue).type == JSON_NULL
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        let name = key.stringValue
        return try decoder.bool(at: .key(name), required(name))
    }

    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        let name = key.stringValue
        return try decoder.string(at: .key(name), required(name))
    }

    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        let name = key.stringValue
        return try decoder.floating(Double.self, at: .key(name), required(name))
    }

    func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
        let name = key.stringValue
        return try decoder.floating(Float.self, at: .key(name), required(name))
    }

    func decode<I: FixedWidthInteger & Decodable>(_ type: I.Type, forKey key: Key) throws -> I {
        let name = key.stringValue
        return try decoder.integer(I.self, at: .key(name), required(name))
    }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        let name = key.stringValue
        return try decoder.value(T.self, at: .key(name), required(name))
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try child(key.stringValue).container(keyedBy: NestedKey.self)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try child(key.stringValue).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        try child("super")
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        try child(key.stringValue)
    }

    private func child(_ name: String) throws -> ValueDecoder {
        ValueDecoder(try required(name), at: .key(name), of: decoder)
    }

    private func required(_ name: String) throws -> Node {
        guard let node = object.member(name) else { throw JSONError.missing(decoder.path(.here), key: name) }
        return node
    }

    private func present(_ name: String) -> Node? {
        guard let node = object.member(name), node.type != JSON_NULL else { return nil }
        return node
    }
}

// The protocol's own versions look each member up three times; they stay for the rarer integers. A generic one would
// not replace them.
extension KeyedReader {
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        let name = key.stringValue
        return try present(name).map { try decoder.bool(at: .key(name), $0) }
    }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        let name = key.stringValue
        return try present(name).map { try decoder.string(at: .key(name), $0) }
    }

    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        let name = key.stringValue
        return try present(name).map { try decoder.floating(Double.self, at: .key(name), $0) }
    }

    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? {
        let name = key.stringValue
        return try present(name).map { try decoder.floating(Float.self, at: .key(name), $0) }
    }

    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        let name = key.stringValue
        return try present(name).map { try decoder.integer(Int.self, at: .key(name), $0) }
    }

    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
        let name = key.stringValue
        return try present(name).map { try decoder.integer(Int64.self, at: .key(name), $0) }
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        let name = key.stringValue
        return try present(name).map { try decoder.value(T.self, at: .key(name), $0) }
    }
}

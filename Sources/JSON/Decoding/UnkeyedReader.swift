import CJansson

/// The elements of an array, one after the other.
struct UnkeyedReader: UnkeyedDecodingContainer {
    let decoder: ValueDecoder
    private let elementCount: Int
    private(set) var currentIndex = 0

    init(decoder: ValueDecoder) {
        self.decoder = decoder
        elementCount = json_array_size(decoder.node)
    }

    var codingPath: [any CodingKey] { decoder.codingPath }

    var count: Int? { elementCount }

    var isAtEnd: Bool { currentIndex >= elementCount }

    mutating func decodeNil() throws -> Bool {
        guard try current().type == JSON_NULL else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool {
        try next { try $0.bool(at: $1, $2) }
    }

    mutating func decode(_ type: String.Type) throws -> String {
        try next { try $0.string(at: $1, $2) }
    }

    mutating func decode(_ type: Double.Type) throws -> Double {
        try next { try $0.floating(Double.self, at: $1, $2) }
    }

    mutating func decode(_ type: Float.Type) throws -> Float {
        try next { try $0.floating(Float.self, at: $1, $2) }
    }

    mutating func decode<I: FixedWidthInteger & Decodable>(_ type: I.Type) throws -> I {
        try next { try $0.integer(I.self, at: $1, $2) }
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try next { try $0.value(T.self, at: $1, $2) }
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try next { try ValueDecoder($2, at: $1, of: $0).container(keyedBy: NestedKey.self) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next { try ValueDecoder($2, at: $1, of: $0).unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder {
        try next { ValueDecoder($2, at: $1, of: $0) }
    }

    private func current() throws -> Node {
        guard let node = json_array_get(decoder.node, currentIndex) else {
            throw JSONError.invalidValue(decoder.path(.here), "element \(currentIndex) is missing")
        }
        return node
    }

    /// Moves on only when `read` succeeds, so that a caller can try another type.
    private mutating func next<T>(_ read: (ValueDecoder, PathStep, Node) throws -> T) throws -> T {
        let value = try read(decoder, .index(currentIndex), try current())
        currentIndex += 1
        return value
    }
}

import CJansson

/// A value read as a whole.
struct SingleValueReader: SingleValueDecodingContainer {
    let decoder: ValueDecoder

    private var node: Node { decoder.node }

    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { node.type == JSON_NULL }

    func decode(_ type: Bool.Type) throws -> Bool { try decoder.bool(at: .here, node) }

    func decode(_ type: String.Type) throws -> String { try decoder.string(at: .here, node) }

    func decode(_ type: Double.Type) throws -> Double { try decoder.floating(Double.self, at: .here, node) }

    func decode(_ type: Float.Type) throws -> Float { try decoder.floating(Float.self, at: .here, node) }

    func decode<I: FixedWidthInteger & Decodable>(_ type: I.Type) throws -> I {
        try decoder.integer(I.self, at: .here, node)
    }

    func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.value(T.self, at: .here, node) }
}

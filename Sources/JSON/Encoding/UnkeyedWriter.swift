import CJansson

/// The elements of an array, appended one after the other.
struct UnkeyedWriter: UnkeyedEncodingContainer {
    let encoder: ValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }

    var count: Int { encoder.node.map { json_array_size($0) } ?? 0 }

    private var next: PathStep { .index(count) }

    func encodeNil() { encoder.put(Build.null(), at: next) }

    func encode(_ value: Bool) { encoder.encode(value, as: next) }

    func encode(_ value: String) { encoder.encode(value, as: next) }

    func encode(_ value: Double) throws { try encoder.encode(number: value, as: next) }

    func encode(_ value: Float) throws { try encoder.encode(number: value, as: next) }

    func encode<I: FixedWidthInteger & Encodable>(_ value: I) throws { try encoder.encode(integer: value, as: next) }

    func encode<T: Encodable>(_ value: T) throws { try encoder.encode(value, as: next) }

    func nestedContainer<NestedKey: CodingKey>(keyedBy type: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
        reserved().container(keyedBy: NestedKey.self)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        reserved().unkeyedContainer()
    }

    func superEncoder() -> any Encoder {
        reserved()
    }

    /// An encoder for the next element, whose place is taken now because it may be filled after later ones.
    private func reserved() -> ValueEncoder {
        let step = next
        encoder.put(Build.object(), at: step)
        return ValueEncoder(at: step, of: encoder)
    }
}

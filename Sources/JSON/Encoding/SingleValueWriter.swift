/// A value written as a whole.
struct SingleValueWriter: SingleValueEncodingContainer {
    let encoder: ValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil() { encoder.put(Build.null(), at: .here) }

    func encode(_ value: Bool) { encoder.encode(value, as: .here) }

    func encode(_ value: String) { encoder.encode(value, as: .here) }

    func encode(_ value: Double) throws { try encoder.encode(number: value, as: .here) }

    func encode(_ value: Float) throws { try encoder.encode(number: value, as: .here) }

    func encode<I: FixedWidthInteger & Encodable>(_ value: I) throws { try encoder.encode(integer: value, as: .here) }

    func encode<T: Encodable>(_ value: T) throws { try encoder.encode(value, as: .here) }
}

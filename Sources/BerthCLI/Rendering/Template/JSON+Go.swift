import JSON

extension JSON {
    /// As Go's fmt package prints the value: `[a b]`, `map[k:v]`, `<no value>`.
    var goDescription: String {
        if let string { return string }
        if isNull { return "<no value>" }
        if let array { return "[" + array.map(\.goElement).joined(separator: " ") + "]" }
        if let object {
            let members = object.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.goElement)" }
            return "map[" + members.joined(separator: " ") + "]"
        }
        return description
    }

    private var goElement: String { isNull ? "<nil>" : goDescription }

    /// Not false, zero, null or empty.
    var isTrue: Bool {
        if let bool { return bool }
        if let double { return double != 0 }
        if let string { return !string.isEmpty }
        return count > 0
    }

    /// What `range` goes through: keys and values, a map's ordered by key.
    func rangeElements() throws -> [(JSON, JSON)] {
        if isNull { return [] }
        if let array { return array.enumerated().map { (JSON($0.offset), $0.element) } }
        guard let object else { throw TemplateError("range can't iterate over \(self)") }
        return object.sorted { $0.key < $1.key }.map { (JSON($0.key), $0.value) }
    }
}

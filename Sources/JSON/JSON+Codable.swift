import CJansson

extension JSON: Codable {
    /// Shares the tree of this module's own decoder; from any other it takes value by value.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? ValueDecoder {
            self.init(sharing: decoder.node)
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self.init(value)
        } else if let value = try? container.decode(Int64.self) {
            self.init(value)
        } else if let value = try? container.decode(Double.self) {
            self.init(value)
        } else if let value = try? container.decode(String.self) {
            self.init(value)
        } else if let values = try? container.decode([JSON].self) {
            self = .array(values)
        } else {
            self = .object(try container.decode([String: JSON].self).map { ($0, $1) })
        }
    }

    /// Is shared by the tree of this module's own encoder; for any other it is written value by value.
    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? ValueEncoder { return encoder.share(self) }
        if let members = object {
            return try Dictionary(uniqueKeysWithValues: members.map { ($0.key, $0.value) }).encode(to: encoder)
        }
        if let elements = array { return try elements.encode(to: encoder) }
        var container = encoder.singleValueContainer()
        switch node.type {
        case JSON_STRING: try container.encode(node.text)
        case JSON_INTEGER: try container.encode(Int64(json_integer_value(node)))
        case JSON_REAL: try container.encode(json_real_value(node))
        case JSON_TRUE: try container.encode(true)
        case JSON_FALSE: try container.encode(false)
        default: try container.encodeNil()
        }
    }
}

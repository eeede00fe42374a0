import CJansson

extension JSON: Hashable {
    /// Structural equality: the order of members does not matter, and the integer 1 differs from the real 1.0.
    public static func == (left: JSON, right: JSON) -> Bool {
        left.node == right.node || json_equal(left.node, right.node) == 1
    }

    public func hash(into hasher: inout Hasher) {
        node.hash(into: &hasher)
    }
}

extension UnsafeMutablePointer<json_t> {
    fileprivate func hash(into hasher: inout Hasher) {
        hasher.combine(type.rawValue)
        switch type {
        case JSON_OBJECT: hasher.combine(membersHash)
        case JSON_ARRAY: for index in 0..<json_array_size(self) { json_array_get(self, index)?.hash(into: &hasher) }
        case JSON_STRING: hasher.combine(bytes: UnsafeRawBufferPointer(textBytes))
        case JSON_INTEGER: hasher.combine(json_integer_value(self))
        case JSON_REAL: hasher.combine(json_real_value(self))
        default: break
        }
    }

    /// Independent of the members' order, as equality is.
    private var membersHash: Int {
        var combined = json_object_size(self)
        forEachMember { key, value in
            var hasher = Hasher()
            hasher.combine(bytes: UnsafeRawBufferPointer(key))
            value.hash(into: &hasher)
            combined ^= hasher.finalize()
        }
        return combined
    }
}

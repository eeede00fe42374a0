/// One step from a container to a value in it.
enum PathStep {
    /// The value itself.
    case here
    case key(String)
    case index(Int)

    var codingKey: (any CodingKey)? {
        switch self {
        case .here: nil
        case .key(let name): PathKey(stringValue: name)
        case .index(let index): PathKey(intValue: index)
        }
    }
}

/// A coding path as error messages show it: `mounts[3].source`, `labels["com.example.a"]`.
struct Path: CustomStringConvertible {
    let keys: [any CodingKey]

    var description: String {
        keys.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else if Self.isPlain(key.stringValue) {
                text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
            } else {
                text += "[\"\(key.stringValue)\"]"
            }
        }
    }

    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || "_-$".contains($0) }
    }
}

/// A step of a coding path: a member's name or an element's index.
struct PathKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = String(intValue)
        self.intValue = intValue
    }
}

import CJansson

/// An immutable JSON value: a counted reference to a jansson tree.
///
/// Copies and values taken out of it share the tree, so both cost a reference count, not a copy.
public struct JSON: Sendable {
    let tree: Tree

    var node: Node { tree.node }

    /// Takes over the caller's reference to `node`.
    init(adopting node: Node) {
        tree = Tree(adopting: node)
    }

    /// Adds a reference to `node`, which something else owns.
    init(sharing node: Node) {
        tree = Tree(adopting: Build.allocated(json_incref(node)))
    }

    /// JSON's `null`.
    public static let null = JSON(adopting: Build.null())

    /// An object with the members of `pairs` in their order; of equal keys the last one counts.
    public static func object(_ pairs: [(String, JSON)]) -> JSON {
        let object = Build.object()
        for (key, value) in pairs { object.set(key, to: value.retained()) }
        return JSON(adopting: object)
    }

    /// An array of `values`.
    public static func array(_ values: [JSON]) -> JSON {
        let array = Build.array()
        for value in values { array.append(value.retained()) }
        return JSON(adopting: array)
    }

    /// A new reference for a jansson container to take over.
    func retained() -> Node {
        Build.allocated(json_incref(node))
    }
}

// MARK: - Reading

extension JSON {
    /// Whether this is `null`.
    public var isNull: Bool { node.type == JSON_NULL }

    /// The boolean, or nil for any other type.
    public var bool: Bool? {
        switch node.type {
        case JSON_TRUE: true
        case JSON_FALSE: false
        default: nil
        }
    }

    /// The integer, or nil for any other type, a number with a fraction or exponent included.
    public var int: Int64? {
        node.type == JSON_INTEGER ? Int64(json_integer_value(node)) : nil
    }

    /// The number, integers included (nearest representable), or nil for any other type.
    public var double: Double? {
        switch node.type {
        case JSON_REAL: json_real_value(node)
        case JSON_INTEGER: Double(json_integer_value(node))
        default: nil
        }
    }

    /// The string, or nil for any other type.
    public var string: String? {
        node.type == JSON_STRING ? node.text : nil
    }

    /// The elements, or nil when this is not an array.
    public var array: [JSON]? {
        guard node.type == JSON_ARRAY else { return nil }
        return (0..<json_array_size(node)).compactMap { self[$0] }
    }

    /// The members in insertion order, or nil when this is not an object.
    public var object: [(key: String, value: JSON)]? {
        guard node.type == JSON_OBJECT else { return nil }
        var members: [(key: String, value: JSON)] = []
        members.reserveCapacity(count)
        node.forEachMember { members.append((String(decoding: $0, as: UTF8.self), JSON(sharing: $1))) }
        return members
    }

    /// The number of elements or members; 0 for a scalar.
    public var count: Int {
        switch node.type {
        case JSON_ARRAY: json_array_size(node)
        case JSON_OBJECT: json_object_size(node)
        default: 0
        }
    }

    /// The member `key`, or nil when it is absent or this is not an object.
    public subscript(key: String) -> JSON? {
        node.member(key).map(JSON.init(sharing:))
    }

    /// The element at `index`, or nil when it is out of range or this is not an array.
    public subscript(index: Int) -> JSON? {
        guard node.type == JSON_ARRAY, index >= 0 else { return nil }
        return json_array_get(node, index).map(JSON.init(sharing:))
    }
}

// MARK: - Changed copies

extension JSON {
    /// A shallow copy in which the member `key` is `value`, kept in its place or added at the end.
    ///
    /// What is not an object counts as an empty one.
    public func setting(_ key: String, to value: JSON) -> JSON {
        let copy = node.type == JSON_OBJECT ? Build.allocated(json_copy(node)) : Build.object()
        copy.set(key, to: value.retained())
        return JSON(adopting: copy)
    }

    /// A shallow copy with all members of `other` set in it; `other` itself when one of the two is not an object.
    public func merging(_ other: JSON) -> JSON {
        guard node.type == JSON_OBJECT, other.node.type == JSON_OBJECT else { return other }
        let copy = Build.allocated(json_copy(node))
        precondition(json_object_update(copy, other.node) == 0, "out of memory while building JSON")
        return JSON(adopting: copy)
    }
}

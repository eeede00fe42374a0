import CJansson

extension JSON {
    /// Makes a `T` from this value, reading the tree directly.
    ///
    /// Numbers convert where nothing is lost: `3` and `3.0` are an integer, any number is a `Double`. Unknown members
    /// are ignored. A `JSON` inside `T` shares this tree.
    /// - Throws: `.mismatch`, `.missing` or `.invalidValue` with the full path; a `DecodingError` of the type's own
    ///   code is turned into one of these.
    public func decode<T: Decodable>(_ type: T.Type) throws(JSONError) -> T {
        do {
            return try ValueDecoder(root: self).value(T.self, at: .here, node)
        } catch let error as JSONError {
            throw error
        } catch {
            throw .invalidValue(Path(keys: []), "\(error)")
        }
    }
}

/// Decodes one jansson value. Children hold their parent, the root holds the tree: no pointer outlives it.
final class ValueDecoder: Decoder {
    let node: Node
    private let parent: ValueDecoder?
    private let step: PathStep
    private let tree: Tree?

    init(root: JSON) {
        node = root.node
        parent = nil
        step = .here
        tree = root.tree
    }

    init(_ node: Node, at step: PathStep, of parent: ValueDecoder) {
        self.node = node
        self.parent = parent
        self.step = step
        tree = nil
    }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    var codingPath: [any CodingKey] {
        (parent?.codingPath ?? []) + (step.codingKey.map { [$0] } ?? [])
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard node.type == JSON_OBJECT else { throw mismatch("an object", node, .here) }
        return KeyedDecodingContainer(KeyedReader<Key>(decoder: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard node.type == JSON_ARRAY else { throw mismatch("an array", node, .here) }
        return UnkeyedReader(decoder: self)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        SingleValueReader(decoder: self)
    }
}

// MARK: - Values of this decoder or one step below it

extension ValueDecoder {
    func bool(at step: PathStep, _ node: Node) throws -> Bool {
        switch node.type {
        case JSON_TRUE: return true
        case JSON_FALSE: return false
        default: throw mismatch("a boolean", node, step)
        }
    }

    func string(at step: PathStep, _ node: Node) throws -> String {
        guard node.type == JSON_STRING else { throw mismatch("a string", node, step) }
        return node.text
    }

    func integer<I: FixedWidthInteger>(_ type: I.Type, at step: PathStep, _ node: Node) throws -> I {
        let exact: I?
        switch node.type {
        case JSON_INTEGER: exact = I(exactly: json_integer_value(node))
        case JSON_REAL: exact = I(exactly: json_real_value(node))
        default: throw mismatch("an integer", node, step)
        }
        guard let exact else { throw outOfRange(I.self, at: step, node) }
        return exact
    }

    func floating<F: BinaryFloatingPoint>(_ type: F.Type, at step: PathStep, _ node: Node) throws -> F {
        switch node.type {
        case JSON_REAL: return F(json_real_value(node))
        case JSON_INTEGER: return F(json_integer_value(node))
        default: throw mismatch("a number", node, step)
        }
    }

    /// Any other type. The commonest ones skip their own `init(from:)`, which would come back here value by value.
    func value<T: Decodable>(_ type: T.Type, at step: PathStep, _ node: Node) throws -> T {
        if T.self == String.self { return unsafeBitCast(try string(at: step, node), to: T.self) }
        if T.self == JSON.self { return unsafeBitCast(JSON(sharing: node), to: T.self) }
        if T.self == [String].self { return unsafeBitCast(try strings(at: step, node), to: T.self) }
        if T.self == [String: String].self { return unsafeBitCast(try stringMap(at: step, node), to: T.self) }
        let decoder = if case .here = step { self } else { ValueDecoder(node, at: step, of: self) }
        do {
            return try T(from: decoder)
        } catch let error as JSONError {
            throw error
        } catch let error as DecodingError {
            throw JSONError(error, decoding: T.self, from: decoder)
        } catch {
            throw JSONError.invalidValue(decoder.path(.here), "\(error)")
        }
    }

    private func strings(at step: PathStep, _ node: Node) throws -> [String] {
        guard node.type == JSON_ARRAY else { throw mismatch("an array", node, step) }
        let count = json_array_size(node)
        var strings: [String] = []
        strings.reserveCapacity(count)
        for index in 0..<count {
            guard let element = json_array_get(node, index) else { break }
            guard element.type == JSON_STRING else {
                throw ValueDecoder(node, at: step, of: self).mismatch("a string", element, .index(index))
            }
            strings.append(element.text)
        }
        return strings
    }

    private func stringMap(at step: PathStep, _ node: Node) throws -> [String: String] {
        guard node.type == JSON_OBJECT else { throw mismatch("an object", node, step) }
        var map = [String: String](minimumCapacity: json_object_size(node))
        try node.forEachMember { name, value in
            let key = String(decoding: name, as: UTF8.self)
            guard value.type == JSON_STRING else {
                throw ValueDecoder(node, at: step, of: self).mismatch("a string", value, .key(key))
            }
            map[key] = value.text
        }
        return map
    }
}

// MARK: - Errors

extension ValueDecoder {
    func path(_ step: PathStep) -> Path {
        Path(keys: codingPath + (step.codingKey.map { [$0] } ?? []))
    }

    func mismatch(_ expected: String, _ node: Node, _ step: PathStep) -> JSONError {
        .mismatch(path(step), expected: expected, found: node.typeName)
    }

    private func outOfRange<I: FixedWidthInteger>(_ type: I.Type, at step: PathStep, _ node: Node) -> JSONError {
        let value = JSON(sharing: node)
        if node.type == JSON_REAL, json_real_value(node).rounded() != json_real_value(node) {
            return .mismatch(path(step), expected: "an integer", found: "\(value)")
        }
        return .invalidValue(path(step), "\(value) is not between \(I.min) and \(I.max)")
    }
}

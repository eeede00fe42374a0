import CJansson

extension JSON {
    /// Builds the tree of `value` directly. An optional member that is nil is left out by synthesized code; a `JSON`
    /// inside `value` is shared, not copied.
    /// - Throws: `.invalidValue` with the full path for what JSON cannot say: numbers that are not finite, integers
    ///   beyond `Int64`.
    public init(encoding value: some Encodable) throws(JSONError) {
        let root = ValueEncoder()
        do {
            try root.encode(value, as: .here)
        } catch let error as JSONError {
            throw error
        } catch {
            throw .invalidValue(Path(keys: []), "\(error)")
        }
        self = root.finish()
    }
}

/// Builds one jansson value and puts it where it belongs as soon as it exists.
///
/// Children hold their parents, and the root owns the tree: no pointer outlives it.
final class ValueEncoder: Encoder {
    /// What was built so far: owned by the root, and by its container elsewhere.
    private(set) var node: Node?
    private let parent: ValueEncoder?
    private let step: PathStep
    /// Whether `node` belongs to a `JSON` too, so that it must be copied before it is changed.
    private var isShared = false

    init() {
        parent = nil
        step = .here
    }

    /// An encoder for the value at `step` of `parent`, which already is a container.
    init(at step: PathStep, of parent: ValueEncoder) {
        self.parent = parent
        self.step = step
    }

    deinit {
        if parent == nil { json_decref(node) }
    }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    var codingPath: [any CodingKey] {
        (parent?.codingPath ?? []) + (step.codingKey.map { [$0] } ?? [])
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        becomeContainer(JSON_OBJECT)
        return KeyedEncodingContainer(KeyedWriter<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        becomeContainer(JSON_ARRAY)
        return UnkeyedWriter(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        SingleValueWriter(encoder: self)
    }

    /// The finished value; an empty object when nothing was encoded.
    func finish() -> JSON {
        if node == nil { place(Build.object()) }
        return JSON(sharing: Build.allocated(node))
    }

    /// Makes a new container, or keeps the one that is there: a class and its superclass may share it.
    private func becomeContainer(_ type: json_type) {
        guard let node else { return place(type == JSON_OBJECT ? Build.object() : Build.array()) }
        precondition(node.type == type, "\(Path(keys: codingPath)) is encoded both as \(node.typeName) and otherwise")
    }

    /// Stores `new`, whose reference is taken over, as the value of this encoder.
    func place(_ new: Node) {
        if let parent {
            parent.put(new, at: step)
        } else {
            json_decref(node)
        }
        node = new
        isShared = false
    }

    /// Stores a value that its `JSON` goes on using.
    func share(_ value: JSON) {
        place(value.retained())
        isShared = true
    }

    /// Stores `value`, whose reference is taken over, as the value of this encoder or as a member or element of it.
    func put(_ value: Node, at step: PathStep) {
        if case .here = step { return place(value) }
        if isShared, let node { place(Build.allocated(json_copy(node))) }
        node?.put(value, at: step)
    }
}

extension UnsafeMutablePointer<json_t> {
    /// Stores `value`, whose reference is taken over, in this container.
    fileprivate func put(_ value: Node, at step: PathStep) {
        switch step {
        case .key(let name): set(name, to: value)
        case .index(let index) where index < json_array_size(self):
            precondition(json_array_set_new(self, index, value) == 0, "out of memory while building JSON")
        case .index, .here: append(value)
        }
    }
}

// MARK: - Values of this encoder or one step below it

extension ValueEncoder {
    func encode(_ value: Bool, as step: PathStep) { put(Build.bool(value), at: step) }

    func encode(_ value: String, as step: PathStep) { put(Build.string(value), at: step) }

    func encode<I: FixedWidthInteger>(integer value: I, as step: PathStep) throws {
        guard let integer = Int64(exactly: value) else {
            throw JSONError.invalidValue(path(step), "\(value) is beyond the integers of JSON")
        }
        put(Build.integer(integer), at: step)
    }

    func encode<F: BinaryFloatingPoint>(number value: F, as step: PathStep) throws {
        guard let real = Build.real(Double(value)) else {
            throw JSONError.invalidValue(path(step), "\(value) is no number of JSON")
        }
        put(real, at: step)
    }

    /// Any other type. The commonest ones skip their own `encode(to:)`, which would come back here value by value.
    func encode<T: Encodable>(_ value: T, as step: PathStep) throws {
        if T.self == String.self { return encode(unsafeBitCast(value, to: String.self), as: step) }
        if T.self == [String].self { return put(Self.strings(unsafeBitCast(value, to: [String].self)), at: step) }
        if T.self == [String: String].self {
            return put(Self.stringMap(unsafeBitCast(value, to: [String: String].self)), at: step)
        }
        let encoder = if case .here = step { self } else { ValueEncoder(at: step, of: self) }
        if T.self == JSON.self { return encoder.share(unsafeBitCast(value, to: JSON.self)) }
        do {
            try value.encode(to: encoder)
        } catch let error as JSONError {
            throw error
        } catch EncodingError.invalidValue(_, let context) {
            throw JSONError.invalidValue(Path(keys: context.codingPath), context.debugDescription)
        } catch {
            throw JSONError.invalidValue(encoder.path(.here), "\(error)")
        }
        if encoder.node == nil { encoder.place(Build.object()) }
    }

    private func path(_ step: PathStep) -> Path {
        Path(keys: codingPath + (step.codingKey.map { [$0] } ?? []))
    }

    private static func strings(_ values: [String]) -> Node {
        let array = Build.array()
        for value in values { array.append(Build.string(value)) }
        return array
    }

    private static func stringMap(_ values: [String: String]) -> Node {
        let object = Build.object()
        for (key, value) in values { object.set(key, to: Build.string(value)) }
        return object
    }
}

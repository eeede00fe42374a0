import CJansson

/// A borrowed or owned pointer to one jansson value, as the function at hand says.
typealias Node = UnsafeMutablePointer<json_t>

/// Owns one reference to a jansson value and drops it when the last `JSON` that shares it goes away.
///
/// `@unchecked Sendable`: a tree is never changed once a `Tree` holds it, jansson's read functions write nothing,
/// and its reference counts are atomic (`JANSSON_THREAD_SAFE_REFCOUNT`).
final class Tree: @unchecked Sendable {
    let node: Node

    /// Takes over the caller's reference.
    init(adopting node: Node) {
        self.node = node
    }

    deinit {
        json_decref(node)
    }
}

extension UnsafeMutablePointer<json_t> {
    var type: json_type { pointee.type }

    /// The type with its article, as error messages name it.
    var typeName: String {
        switch type {
        case JSON_OBJECT: "an object"
        case JSON_ARRAY: "an array"
        case JSON_STRING: "a string"
        case JSON_INTEGER: "an integer"
        case JSON_REAL: "a number"
        case JSON_TRUE, JSON_FALSE: "a boolean"
        default: "null"
        }
    }

    /// The text of a string value.
    var text: String {
        String(decoding: textBytes, as: UTF8.self)
    }

    /// The UTF-8 bytes of a string value, owned by the tree.
    var textBytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(
            start: UnsafeRawPointer(json_string_value(self))?.assumingMemoryBound(to: UInt8.self),
            count: json_string_length(self))
    }

    /// The value of `key`, borrowed; nil when it is absent or this is no object.
    func member(_ key: String) -> Node? {
        key.withBytes { json_object_getn(self, $0, $1) }
    }

    /// Stores `value`, whose reference is taken over, under `key` of this object.
    func set(_ key: String, to value: Node) {
        let status = key.withBytes { json_object_setn_new_nocheck(self, $0, $1, value) }
        precondition(status == 0, "out of memory while building JSON")
    }

    /// Appends `value`, whose reference is taken over, to this array.
    func append(_ value: Node) {
        precondition(json_array_append_new(self, value) == 0, "out of memory while building JSON")
    }

    /// Calls `body` with each key and borrowed value of an object, in insertion order.
    func forEachMember(_ body: (UnsafeBufferPointer<UInt8>, Node) throws -> Void) rethrows {
        var iterator = json_object_iter(self)
        while let current = iterator {
            let key = UnsafeBufferPointer(
                start: UnsafeRawPointer(json_object_iter_key(current))?.assumingMemoryBound(to: UInt8.self),
                count: json_object_iter_key_len(current))
            if let value = json_object_iter_value(current) { try body(key, value) }
            iterator = json_object_iter_next(self, current)
        }
    }
}

extension String {
    /// Calls `body` with the UTF-8 bytes as C characters and their count.
    func withBytes<Result>(_ body: (UnsafePointer<CChar>?, Int) -> Result) -> Result {
        var copy = self
        return copy.withUTF8 { bytes in
            // jansson takes a null pointer for an error, even where there are no bytes to read.
            let start = UnsafeRawPointer(bytes.baseAddress) ?? UnsafeRawPointer(bitPattern: 1)
            return body(start?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
    }
}

/// jansson values, each a new reference.
enum Build {
    static func string(_ value: String) -> Node {
        // A Swift string is valid UTF-8 already, so jansson need not check it again.
        allocated(value.withBytes { json_stringn_nocheck($0, $1) })
    }

    static func integer(_ value: Int64) -> Node { allocated(json_integer(json_int_t(value))) }

    static func bool(_ value: Bool) -> Node { allocated(value ? json_true() : json_false()) }

    static func null() -> Node { allocated(json_null()) }

    static func object() -> Node { allocated(json_object()) }

    static func array() -> Node { allocated(json_array()) }

    /// nil when `value` is not finite, which JSON cannot say.
    static func real(_ value: Double) -> Node? {
        value.isFinite ? allocated(json_real(value)) : nil
    }

    static func allocated(_ node: Node?) -> Node {
        guard let node else { preconditionFailure("out of memory while building JSON") }
        return node
    }
}

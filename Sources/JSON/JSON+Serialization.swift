import CJansson

extension JSON: CustomStringConvertible {
    /// The compact text.
    public var description: String {
        String(decoding: serialized(), as: UTF8.self)
    }

    /// The text in UTF-8, compact unless asked otherwise, without a newline at its end.
    /// - Parameters:
    ///   - pretty: puts each element and member on its own line, indented by two spaces.
    ///   - sortedKeys: orders members by the bytes of their keys instead of by insertion.
    public func serialized(pretty: Bool = false, sortedKeys: Bool = false) -> [UInt8] {
        var writer = Writer(pretty: pretty, sortedKeys: sortedKeys)
        writer.write(node)
        return writer.bytes
    }

    /// Appends the compact text in UTF-8.
    public func write(into bytes: inout [UInt8]) {
        var writer = Writer(pretty: false, sortedKeys: false)
        // The buffer changes hands, since a second reference to it would make the first append copy it.
        swap(&writer.bytes, &bytes)
        writer.write(node)
        swap(&writer.bytes, &bytes)
    }
}

/// Writes JSON text. jansson's own dump takes three times as long and prints 0.1 as 0.10000000000000001.
private struct Writer {
    var bytes: [UInt8] = []
    let pretty: Bool
    let sortedKeys: Bool
    private var level = 0

    init(pretty: Bool, sortedKeys: Bool) {
        self.pretty = pretty
        self.sortedKeys = sortedKeys
    }

    mutating func write(_ node: Node) {
        switch node.type {
        case JSON_OBJECT: writeMembers(node)
        case JSON_ARRAY: writeElements(node)
        case JSON_STRING: write(string: node.textBytes)
        case JSON_INTEGER: bytes.append(contentsOf: String(json_integer_value(node)).utf8)
        // Swift's text of a finite Double is valid JSON, and the shortest that reads back as the same value.
        case JSON_REAL: bytes.append(contentsOf: json_real_value(node).description.utf8)
        case JSON_TRUE: bytes.append(contentsOf: "true".utf8)
        case JSON_FALSE: bytes.append(contentsOf: "false".utf8)
        default: bytes.append(contentsOf: "null".utf8)
        }
    }

    private mutating func writeElements(_ array: Node) {
        let count = json_array_size(array)
        open("[")
        for index in 0..<count {
            separate(isFirst: index == 0)
            if let element = json_array_get(array, index) { write(element) }
        }
        close("]", isEmpty: count == 0)
    }

    private mutating func writeMembers(_ object: Node) {
        open("{")
        var isFirst = true
        let write = { (writer: inout Writer, key: UnsafeBufferPointer<UInt8>, value: Node) in
            writer.separate(isFirst: isFirst)
            isFirst = false
            writer.write(string: key)
            writer.bytes.append(UInt8(ascii: ":"))
            if writer.pretty { writer.bytes.append(UInt8(ascii: " ")) }
            writer.write(value)
        }
        if sortedKeys {
            for (key, value) in Self.sortedMembers(object) { write(&self, key, value) }
        } else {
            object.forEachMember { write(&self, $0, $1) }
        }
        close("}", isEmpty: isFirst)
    }

    private static func sortedMembers(_ object: Node) -> [(UnsafeBufferPointer<UInt8>, Node)] {
        var members: [(UnsafeBufferPointer<UInt8>, Node)] = []
        object.forEachMember { members.append(($0, $1)) }
        return members.sorted { $0.0.lexicographicallyPrecedes($1.0) }
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        level += 1
    }

    private mutating func separate(isFirst: Bool) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        if pretty { startLine() }
    }

    private mutating func close(_ bracket: Unicode.Scalar, isEmpty: Bool) {
        level -= 1
        if pretty, !isEmpty { startLine() }
        bytes.append(UInt8(ascii: bracket))
    }

    private mutating func startLine() {
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * level))
    }
}

// MARK: - Strings

extension Writer {
    private mutating func write(string: UnsafeBufferPointer<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        var start = 0
        for index in 0..<string.count where Self.needsEscape(string[index]) {
            bytes.append(contentsOf: string[start..<index])
            escape(string[index])
            start = index + 1
        }
        bytes.append(contentsOf: string[start...])
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(contentsOf: [byte >> 4, byte & 15].map { $0 + UInt8(ascii: $0 < 10 ? "0" : "W") })
        }
    }
}

import CJansson

extension JSON {
    /// Parses one JSON text (RFC 8259) with any value at its top.
    ///
    /// Duplicate keys, invalid UTF-8, lone surrogates, `\u0000` in a key, numbers beyond `Int64` or `Double`, and
    /// anything but white space after the value are errors.
    /// - Parameters:
    ///   - bytes: the text in UTF-8, without byte order mark.
    ///   - maximumDepth: how many arrays and objects may be open at once, 2047 at the most. Found out before parsing
    ///     begins, so that a hostile text costs neither stack nor memory.
    /// - Throws: `.tooDeep`, or `.syntax` with the place of the first error.
    public init(parsing bytes: UnsafeRawBufferPointer, maximumDepth: Int = 64) throws(JSONError) {
        let maximumDepth = min(maximumDepth, 2047)
        guard Self.depth(of: bytes, staysWithin: maximumDepth) else { throw .tooDeep(maximum: maximumDepth) }
        guard let text = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else {
            throw .syntax(line: 1, column: 1, offset: 0, text: "the text is empty")
        }
        let flags = Int(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL)
        var failure = json_error_t()
        guard let root = json_loadb(text, bytes.count, flags, &failure) else { throw JSONError(failure) }
        self.init(adopting: root)
    }

    /// Parses one JSON text; see `init(parsing:maximumDepth:)` of a raw buffer.
    public init(parsing bytes: [UInt8], maximumDepth: Int = 64) throws(JSONError) {
        self = try bytes.withUnsafeBytes { Self.parse($0, maximumDepth) }.get()
    }

    /// Parses one JSON text; see `init(parsing:maximumDepth:)` of a raw buffer.
    public init(parsing bytes: ArraySlice<UInt8>, maximumDepth: Int = 64) throws(JSONError) {
        self = try bytes.withUnsafeBytes { Self.parse($0, maximumDepth) }.get()
    }

    /// Parses one JSON text; see `init(parsing:maximumDepth:)` of a raw buffer.
    public init(parsing text: String, maximumDepth: Int = 64) throws(JSONError) {
        var text = text
        self = try text.withUTF8 { Self.parse(UnsafeRawBufferPointer($0), maximumDepth) }.get()
    }

    private static func parse(_ bytes: UnsafeRawBufferPointer, _ maximumDepth: Int) -> Result<JSON, JSONError> {
        Result { () throws(JSONError) in try JSON(parsing: bytes, maximumDepth: maximumDepth) }
    }

    /// Counts brackets outside strings. A malformed text may be judged wrongly; the parser refuses it anyway, and no
    /// deeper than this has seen, since both agree up to the first error.
    private static func depth(of bytes: UnsafeRawBufferPointer, staysWithin maximum: Int) -> Bool {
        var depth = 0
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""): index = endOfString(in: bytes, from: index + 1)
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if depth > maximum { return false }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
            index += 1
        }
        return true
    }

    /// The index of the quote that closes the string whose content starts at `start`, or the end of the text.
    private static func endOfString(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""): return index
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        return index
    }
}

extension JSONError {
    fileprivate init(_ failure: json_error_t) {
        let text = withUnsafeBytes(of: failure.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        self = .syntax(
            line: Int(failure.line), column: Int(failure.column), offset: Int(failure.position), text: text)
    }
}

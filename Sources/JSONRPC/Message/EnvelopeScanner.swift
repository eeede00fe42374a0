import JSON

/// Reads the envelope of an ordinary message straight from its bytes: a request or a successful answer, whose members
/// are written as this protocol's peers write them. Only `params` and `result` become a tree.
///
/// It gives up on anything else (escapes, members unknown here, errors, batches, mistakes) and leaves the judgement
/// to the parser: what it accepts the parser would accept, and read the same.
struct EnvelopeScanner {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    /// A bit for each member.
    private var seen: UInt8 = 0

    private var version = false
    private var id: RequestID?
    private var call = Message.Call(method: "")
    private var value: Range<Int>?

    private enum Member: UInt8 {
        case jsonrpc, id, method, params, result, timeout, progress, descriptors
    }

    /// - Returns: nil when the parser has to read the message.
    static func scan(_ line: UnsafeRawBufferPointer, maximumDepth: Int) -> Message? {
        var scanner = EnvelopeScanner(bytes: line)
        guard scanner.scanMembers() else { return nil }
        return scanner.message(maximumDepth)
    }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private func message(_ maximumDepth: Int) -> Message? {
        guard version else { return nil }
        var tree: JSON?
        if let value {
            tree = value.count == 2 ? Self.emptyContainer(bytes[value.lowerBound]) : parse(value, maximumDepth - 1)
            guard tree != nil else { return nil }
        }
        if has(.method), !has(.result) {
            var call = call
            call.params = tree
            return id.map { .request(call, id: $0) } ?? .notification(call)
        }
        guard has(.result), !has(.method), !has(.params), let id, let tree else { return nil }
        return .response(id: id, .success(tree), descriptors: call.descriptors)
    }

    private func has(_ member: Member) -> Bool { seen & 1 << member.rawValue != 0 }

    private func parse(_ range: Range<Int>, _ depth: Int) -> JSON? {
        // A mistake in it is found again by the parser, which then says where in the line it is.
        try? JSON(parsing: UnsafeRawBufferPointer(rebasing: bytes[range]), maximumDepth: depth)
    }

    private static let emptyObject = JSON.object([])
    private static let emptyArray = JSON.array([])

    private static func emptyContainer(_ opening: UInt8) -> JSON {
        opening == UInt8(ascii: "{") ? emptyObject : emptyArray
    }
}

// MARK: - Members

extension EnvelopeScanner {
    private mutating func scanMembers() -> Bool {
        guard take(UInt8(ascii: "{")) else { return false }
        repeat {
            guard let key = takeString(), take(UInt8(ascii: ":")), let member = Self.member(key),
                !has(member), scanValue(of: member)
            else { return false }
            seen |= 1 << member.rawValue
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { return false }
        skipSpace()
        return position == bytes.count
    }

    private mutating func scanValue(of member: Member) -> Bool {
        switch member {
        case .jsonrpc: version = takeString().map(text) == "2.0"
        case .id: id = takeIdentifier()
        case .method:
            guard let name = takeString() else { return false }
            call.method = text(name)
        case .params, .result:
            guard value == nil, let range = takeContainer() else { return false }
            value = range
        case .timeout: call.timeout = takeNumber()
        case .progress: call.progress = takeNumber().map { JSON($0) }
        case .descriptors:
            guard let count = takeNumber(), count <= Int64(Limits.descriptors) else { return false }
            call.descriptors = Int(count)
        }
        switch member {
        case .jsonrpc: return version
        case .id: return id != nil
        case .timeout: return call.timeout != nil
        case .progress: return call.progress != nil
        case .method, .params, .result, .descriptors: return true
        }
    }

    private static let names: [(StaticString, Member)] = [
        ("jsonrpc", .jsonrpc), ("id", .id), ("method", .method), ("params", .params), ("result", .result),
        ("timeout", .timeout), ("progress", .progress), ("descriptors", .descriptors),
    ]

    private static func member(_ key: UnsafeRawBufferPointer) -> Member? {
        names.first { name, _ in
            name.utf8CodeUnitCount == key.count
                && key.elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        }?.1
    }
}

// MARK: - Values

extension EnvelopeScanner {
    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0a, 0x0d: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// The content of a string of printable ASCII without escapes.
    private mutating func takeString() -> UnsafeRawBufferPointer? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return UnsafeRawBufferPointer(rebasing: bytes[start..<position - 1])
            case UInt8(ascii: "\\"), 0..<0x20, 0x7f...: return nil
            default: position += 1
            }
        }
        return nil
    }

    /// A number of at most 18 digits, without sign, fraction or leading zero.
    private mutating func takeNumber() -> Int64? {
        skipSpace()
        let start = position
        var number: Int64 = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]), position - start < 18 {
            number = number * 10 + Int64(bytes[position] - 0x30)
            position += 1
        }
        guard position > start, position - start == 1 || bytes[start] != 0x30 else { return nil }
        return number
    }

    private mutating func takeIdentifier() -> RequestID? {
        if let number = takeNumber() { return .number(number) }
        return takeString().map { .string(text($0)) }
    }

    /// An object or array, by its brackets alone.
    private mutating func takeContainer() -> Range<Int>? {
        skipSpace()
        let start = position
        guard start < bytes.count, bytes[start] == UInt8(ascii: "{") || bytes[start] == UInt8(ascii: "[") else {
            return nil
        }
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""): skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            position += 1
            if depth == 0 { return isWellClosed(start) ? start..<position : nil }
        }
        return nil
    }

    /// Two bytes are not parsed any more, so they must match.
    private func isWellClosed(_ start: Int) -> Bool {
        position - start != 2 || bytes[start] + 2 == bytes[start + 1]
    }

    /// From the opening to the closing quote.
    private mutating func skipString() {
        position += 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
    }

    private func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes, as: UTF8.self) }
}

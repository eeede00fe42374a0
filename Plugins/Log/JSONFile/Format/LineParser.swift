import BerthAPI

/// Reads the lines that `LineWriter` or docker wrote.
enum LineParser {
    private static let start = Array(#"{"log":""#.utf8)
    private static let stream = Array(#","stream":"std"#.utf8)
    private static let time = Array(#""time":"#.utf8)

    /// Reads a line, without the newline after it.
    ///
    /// - Parameter text: gets the line's text appended.
    /// - Returns: 1 for stdout, 2 for stderr; nil for a line that is not one of this format.
    static func parse(_ line: UnsafeRawBufferPointer, text: OutputBuffer) -> UInt8? {
        guard line.count > start.count, line[..<start.count].elementsEqual(start) else { return nil }
        guard let end = unescape(line, from: start.count, into: text) else { return nil }
        let rest = line[(end + 1)...]
        guard rest.count > stream.count, rest.prefix(stream.count).elementsEqual(stream) else { return nil }
        switch rest[rest.startIndex + stream.count] {
        case UInt8(ascii: "o"): return 1
        case UInt8(ascii: "e"): return 2
        default: return nil
        }
    }

    /// The time at the end of a line, in nanoseconds since 1970.
    static func time(of line: UnsafeRawBufferPointer) -> Int64? {
        guard line.count > 40, line[line.count - 1] == 0x7d, line[line.count - 2] == 0x22 else { return nil }
        let end = line.count - 2
        guard let quote = line[(end - 40 < 0 ? 0 : end - 40)..<end].lastIndex(of: 0x22) else { return nil }
        guard quote >= time.count, line[(quote - time.count)..<quote].elementsEqual(time) else { return nil }
        let value = UnsafeRawBufferPointer(rebasing: line[(quote + 1)..<end])
        return Timestamp(String(decoding: value, as: UTF8.self))?.nanoseconds
    }

    /// - Returns: where the string's closing quote is.
    private static func unescape(_ line: UnsafeRawBufferPointer, from start: Int, into text: OutputBuffer) -> Int? {
        var index = start
        while let special = line[index...].firstIndex(where: { $0 == 0x22 || $0 == 0x5c }) {
            text.append(UnsafeRawBufferPointer(rebasing: line[index..<special]))
            guard line[special] == 0x5c else { return special }
            guard let next = unescapeOne(line, special + 1, into: text) else { return nil }
            index = next
        }
        return nil
    }

    /// Reads what follows a backslash.
    private static func unescapeOne(_ line: UnsafeRawBufferPointer, _ index: Int, into text: OutputBuffer) -> Int? {
        guard index < line.count else { return nil }
        switch line[index] {
        case 0x6e: text.append([0x0a])
        case 0x72: text.append([0x0d])
        case 0x74: text.append([0x09])
        case 0x62: text.append([0x08])
        case 0x66: text.append([0x0c])
        case 0x22, 0x2f, 0x5c: text.append([line[index]])
        case 0x75: return unescapeNumber(line, index + 1, into: text)
        default: return nil
        }
        return index + 1
    }

    private static func unescapeNumber(_ line: UnsafeRawBufferPointer, _ index: Int, into text: OutputBuffer) -> Int? {
        guard let first = unit(line, index) else { return nil }
        var value = UInt32(first)
        var next = index + 4
        if first & 0xfc00 == 0xd800, next + 1 < line.count, line[next] == 0x5c, line[next + 1] == 0x75,
            let second = unit(line, next + 2), second & 0xfc00 == 0xdc00
        {
            value = 0x10000 + (UInt32(first & 0x3ff) << 10 | UInt32(second & 0x3ff))
            next += 6
        }
        // Half of a pair stands for nothing.
        text.append(Array(String(Unicode.Scalar(value) ?? "\u{fffd}").utf8))
        return next
    }

    private static func unit(_ line: UnsafeRawBufferPointer, _ index: Int) -> UInt16? {
        guard index + 4 <= line.count else { return nil }
        return UInt16(String(decoding: line[index..<index + 4], as: UTF8.self), radix: 16)
    }
}

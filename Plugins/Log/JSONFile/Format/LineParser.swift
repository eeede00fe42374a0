import BerthAPI
import LinuxSystem

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
        guard line.hasBytes(start, at: 0), let end = unescape(line, from: start.count, into: text) else { return nil }
        let next = end + 1 + stream.count
        guard next < line.count, line.hasBytes(stream, at: end + 1) else { return nil }
        switch line[next] {
        case UInt8(ascii: "o"): return 1
        case UInt8(ascii: "e"): return 2
        default: return nil
        }
    }

    /// The time at the end of a line, in nanoseconds since 1970.
    static func time(of line: UnsafeRawBufferPointer) -> Int64? {
        guard line.count > 40, line[line.count - 1] == 0x7d, line[line.count - 2] == 0x22 else { return nil }
        let end = line.count - 2
        var quote = end - 1
        while quote > max(end - 40, 0), line[quote] != 0x22 { quote -= 1 }
        guard line[quote] == 0x22, line.hasBytes(time, at: quote - time.count) else { return nil }
        return Timestamp(ascii: UnsafeRawBufferPointer(rebasing: line[(quote + 1)..<end]))?.nanoseconds
    }

    /// - Returns: where the string's closing quote is.
    private static func unescape(_ line: UnsafeRawBufferPointer, from start: Int, into text: OutputBuffer) -> Int? {
        var index = start
        var quote = -1
        while true {
            if quote < index {
                guard let found = line.firstOffset(of: 0x22, in: index..<line.count) else { return nil }
                quote = found
            }
            let end = line.firstOffset(of: 0x5c, in: index..<quote) ?? quote
            text.append(UnsafeRawBufferPointer(rebasing: line[index..<end]))
            if end == quote { return quote }
            guard let next = unescapeOne(line, end + 1, into: text) else { return nil }
            index = next
        }
    }

    /// Reads what follows a backslash.
    private static func unescapeOne(_ line: UnsafeRawBufferPointer, _ index: Int, into text: OutputBuffer) -> Int? {
        guard index < line.count else { return nil }
        switch line[index] {
        case 0x6e: text.append(0x0a)
        case 0x72: text.append(0x0d)
        case 0x74: text.append(0x09)
        case 0x62: text.append(0x08)
        case 0x66: text.append(0x0c)
        case 0x22, 0x2f, 0x5c: text.append(line[index])
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

import PluginKit

/// Text as docker's json-file driver writes it into a JSON string: `\n` and `\r` in short, other control characters and
/// `<`, `>`, `&` by number, U+2028 and U+2029 too, and U+FFFD for each byte that is not UTF-8.
extension OutputBuffer {
    func appendEscaped(_ text: UnsafeRawBufferPointer) {
        guard let input = text.baseAddress else { return }
        // A byte becomes six at most.
        reserve(6 * text.count)
        var index = 0
        while index < text.count {
            index += appendPlain(input + index, text.count - index)
            guard index < text.count else { return }
            index += appendSpecial(input + index, text.count - index)
        }
    }

    /// Copies up to the first byte that is not plain ASCII. Room for all has been made.
    private func appendPlain(_ input: UnsafeRawPointer, _ length: Int) -> Int {
        let output = base + count
        var index = 0
        while index + 8 <= length {
            let word = UInt64(littleEndian: input.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            // The bytes behind a special one are written over.
            output.storeBytes(of: word.littleEndian, toByteOffset: index, as: UInt64.self)
            let special = Self.special(word)
            if special != 0 {
                index += special.trailingZeroBitCount / 8
                advance(index)
                return index
            }
            index += 8
        }
        while index < length {
            let byte = input.load(fromByteOffset: index, as: UInt8.self)
            if Self.isSpecial(byte) { break }
            output.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
            index += 1
        }
        advance(index)
        return index
    }

    /// The highest bit of each of a word's eight bytes that is special, exact up to the first one.
    @inline(__always) private static func special(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Zero bytes stand for `"` and `&`, which one bit tells apart, then `<` and `>`, then the backslash.
        let quoting = (word | 0x04 * ones) ^ 0x26 * ones
        let markup = (word | 0x02 * ones) ^ 0x3e * ones
        let backslash = word ^ 0x5c * ones
        let zero = ((quoting &- ones) & ~quoting) | ((markup &- ones) & ~markup) | ((backslash &- ones) & ~backslash)
        return (word | (word &- 0x20 * ones) | zero) & (0x80 * ones)
    }

    @inline(__always) private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<0x20, 0x22, 0x26, 0x3c, 0x3e, 0x5c, 0x80...: true
        default: false
        }
    }

    /// Writes the one character at `input`, which is not plain.
    ///
    /// - Returns: how many bytes of the input it was.
    private func appendSpecial(_ input: UnsafeRawPointer, _ length: Int) -> Int {
        let byte = input.load(as: UInt8.self)
        switch byte {
        case 0x22, 0x5c: put([0x5c, byte])
        case 0x0a: put([0x5c, 0x6e])
        case 0x0d: put([0x5c, 0x72])
        case ..<0x80: putNumber(UInt16(byte))
        default: return appendCharacter(input, length)
        }
        return 1
    }

    private func appendCharacter(_ input: UnsafeRawPointer, _ length: Int) -> Int {
        let bytes = UnsafeRawBufferPointer(start: input, count: length)
        guard let width = UTF8Text.width(bytes) else {
            putNumber(0xfffd)
            return 1
        }
        if width == 3, bytes[0] == 0xe2, bytes[1] == 0x80, bytes[2] & 0xfe == 0xa8 {
            putNumber(0x2000 | UInt16(bytes[2] & 0x3f))
        } else {
            append(UnsafeRawBufferPointer(rebasing: bytes[..<width]))
        }
        return width
    }

    private func put(_ pair: SIMD2<UInt8>) {
        (base + count).storeBytes(of: pair, as: SIMD2<UInt8>.self)
        advance(2)
    }

    private func putNumber(_ unit: UInt16) {
        put([0x5c, 0x75])
        put([Self.digit(unit >> 12), Self.digit(unit >> 8)])
        put([Self.digit(unit >> 4), Self.digit(unit)])
    }

    private static func digit(_ value: UInt16) -> UInt8 {
        let nibble = UInt8(value & 15)
        return nibble < 10 ? 0x30 + nibble : 0x57 + nibble
    }
}

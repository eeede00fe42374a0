/// Where characters begin and end (Unicode 16, table 3-7).
public enum UTF8Text {
    /// The width of the character outside ASCII that the bytes begin with; nil when they are not well-formed.
    @inlinable public static func width(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let width: Int
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch bytes[0] {
        case 0xc2...0xdf: width = 2
        case 0xe0: (width, second) = (3, 0xa0...0xbf)
        case 0xed: (width, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: width = 3
        case 0xf0: (width, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: width = 4
        case 0xf4: (width, second) = (4, 0x80...0x8f)
        default: return nil
        }
        guard bytes.count >= width, second.contains(bytes[1]) else { return nil }
        for index in 2..<max(2, width) where bytes[index] & 0xc0 != 0x80 { return nil }
        return width
    }

    /// How many of the bytes to take, so that no character is cut in two: all, or up to three fewer.
    @inlinable public static func wholeCharacters(_ bytes: UnsafeRawBufferPointer) -> Int {
        for back in 1...3 where back < bytes.count {
            let byte = bytes[bytes.count - back]
            if byte & 0xc0 == 0x80 { continue }
            let width = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
            return width > back ? bytes.count - back : bytes.count
        }
        return bytes.count
    }
}

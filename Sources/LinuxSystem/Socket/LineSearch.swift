import Glibc

extension UnsafeRawBufferPointer {
    /// The offset of the first newline at or after `start` (memchr(3)).
    public func firstNewline(from start: Int) -> Int? {
        start < count ? firstOffset(of: 10, in: start..<count) : nil
    }

    /// The offset of the first such byte in a range (memchr(3)).
    public func firstOffset(of byte: UInt8, in range: Range<Int>) -> Int? {
        guard let base = baseAddress, range.upperBound <= count else { return nil }
        guard let found = memchr(base + range.lowerBound, CInt(byte), range.count) else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// Whether these bytes are at an offset (memcmp(3)).
    public func hasBytes(_ expected: [UInt8], at offset: Int) -> Bool {
        guard offset >= 0, offset + expected.count <= count, let base = baseAddress else { return false }
        return memcmp(base + offset, expected, expected.count) == 0
    }
}

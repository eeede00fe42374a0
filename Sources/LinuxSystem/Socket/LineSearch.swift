import Glibc

extension UnsafeRawBufferPointer {
    /// The offset of the first newline at or after `start` (memchr(3)).
    public func firstNewline(from start: Int) -> Int? {
        guard start < count, let base = baseAddress else { return nil }
        guard let found = memchr(base + start, 10, count - start) else { return nil }
        return UnsafeRawPointer(found) - base
    }
}

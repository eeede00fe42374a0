/// Cuts a byte stream into lines of a bounded length.
struct LineSplitter {
    private var pending: [UInt8] = []
    private let limit: Int

    init(limit: Int = 16 << 10) { self.limit = limit }

    /// - Returns: The lines that the bytes complete; one that exceeds the limit is cut.
    mutating func add(_ bytes: UnsafeRawBufferPointer) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == 10 {
                lines.append(take())
            } else {
                pending.append(byte)
                if pending.count == limit { lines.append(take()) }
            }
        }
        return lines
    }

    /// What came after the last newline.
    mutating func finish() -> String? { pending.isEmpty ? nil : take() }

    private mutating func take() -> String {
        defer { pending.removeAll(keepingCapacity: true) }
        return String(decoding: pending, as: UTF8.self)
    }
}

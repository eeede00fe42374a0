import LinuxSystem

/// Finds places in a file of lines without reading all of it.
struct FileScan {
    /// More than two of the longest lines.
    private static let blockSize = 256 << 10

    private let file: CInt
    private let end: Int64

    /// - Parameter end: what lies beyond is not looked at.
    init(_ file: CInt, end: Int64) {
        self.file = file
        self.end = end
    }

    /// Where the last whole line ends.
    func lastLineEnd() throws(SystemError) -> Int64 {
        var position: Int64 = 0
        try forEachNewlineBackwards { newline in
            position = newline + 1
            return false
        }
        return position
    }

    /// Where the last `count` lines begin; 0 when there are fewer, and `count` less those that there are.
    func tail(_ count: inout Int) throws(SystemError) -> Int64 {
        guard count > 0, end > 0 else { return count > 0 ? 0 : end }
        // The newline at the very end belongs to the last line.
        var (found, position) = (0, Int64(0))
        let wanted = count
        try forEachNewlineBackwards { newline in
            found += 1
            if found > wanted { position = newline + 1 }
            return found <= wanted
        }
        count -= min(found, wanted)
        return position
    }

    private func forEachNewlineBackwards(_ body: (Int64) -> Bool) throws(SystemError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var upper = end
        while upper > 0 {
            let lower = max(0, upper - Int64(buffer.count))
            let block = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(upper - lower)])
            guard try RegularFile.read(file, into: block, at: lower) == block.count else { return }
            for index in block.indices.reversed() where block[index] == 0x0a {
                if !body(lower + Int64(index)) { return }
            }
            upper = lower
        }
    }

    // MARK: By time

    /// The time of the first line.
    func firstTime() throws(SystemError) -> Int64? {
        try withBlock { block throws(SystemError) in try line(after: -1, block)?.time }
    }

    /// A line's beginning before which all lines are older than `time`, by halving: where clocks went backwards, lines
    /// on the way may be passed over.
    func lowerBound(_ time: Int64) throws(SystemError) -> Int64 {
        try withBlock { block throws(SystemError) in
            var (lower, upper) = (Int64(0), end)
            while upper - lower > 4096 {
                let middle = lower + (upper - lower) / 2
                let found = try line(after: middle, block)
                if let found, let stamp = found.time, stamp < time, found.start < upper {
                    lower = found.start
                } else {
                    upper = middle
                }
            }
            return lower
        }
    }

    /// The first line that begins behind the newline at or after `offset`; −1 for the first of the file.
    private func line(
        after offset: Int64, _ block: UnsafeMutableRawBufferPointer
    ) throws(SystemError) -> (start: Int64, time: Int64?)? {
        let position = max(offset, 0)
        let count = try RegularFile.read(file, into: block, at: position)
        let bytes = UnsafeRawBufferPointer(rebasing: block[..<min(count, Int(max(0, end - position)))])
        var start = 0
        if offset >= 0 {
            guard let newline = bytes.firstNewline(from: 0) else { return nil }
            start = newline + 1
        }
        guard let newline = bytes.firstNewline(from: start) else { return nil }
        return (
            position + Int64(start), LineParser.time(of: UnsafeRawBufferPointer(rebasing: bytes[start..<newline]))
        )
    }

    private func withBlock<R>(
        _ body: (UnsafeMutableRawBufferPointer) throws(SystemError) -> R
    ) throws(SystemError) -> R {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.blockSize, alignment: 16)
        defer { block.deallocate() }
        return try body(block)
    }
}

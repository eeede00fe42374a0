import LinuxSystem

/// Writes a tar stream: ustar, with pax records where that has no room (POSIX.1-2017, "pax"), holes as GNU's sparse
/// format 1.0 has them. Names are bytes; the same entries make the same stream.
///
/// Not libarchive's writer: linked statically it brings all of its formats and their libraries along.
package final class TarWriter {
    private static let capacity = 64 << 10

    private let output: (UnsafeRawBufferPointer) throws -> Void
    private var pending: [UInt8] = []
    /// Of the current entry: bytes of content that are to come, and the parts of the file that are written.
    private var remaining: Int64 = 0
    private var position: Int64 = 0
    private var regions: ArraySlice<Range<Int64>>?
    /// Zeros after the content, to the end of a block.
    private var padding = 0

    /// - Parameter output: takes the stream, piece by piece; what it throws ends the writing.
    package init(_ output: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.output = output
        pending.reserveCapacity(Self.capacity + 2048)
    }

    /// Begins an entry; a file's content follows, exactly as many bytes as the header says, holes included.
    package func begin(_ header: TarHeader) throws {
        try endEntry()
        let map = header.regions.map(SparseMap.init)
        let stored = map.map { Int64($0.bytes.count) + $0.stored } ?? header.size
        pending += TarBlocks(header, stored: stored, isSparse: map != nil).bytes
        pending += map?.bytes ?? []
        remaining = header.size
        position = 0
        regions = header.regions?[...]
        padding = Int((512 - stored % 512) % 512)
        try flush(atLeast: Self.capacity)
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard Int64(bytes.count) <= remaining else { throw LayerError(.system, "more content than its header says") }
        remaining -= Int64(bytes.count)
        guard regions != nil else { return try put(bytes) }
        let range = position..<position + Int64(bytes.count)
        position = range.upperBound
        while let region = regions?.first {
            let part = region.clamped(to: range)
            if !part.isEmpty {
                let (start, end) = (Int(part.lowerBound - range.lowerBound), Int(part.upperBound - range.lowerBound))
                try put(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            }
            guard region.upperBound <= range.upperBound else { return }
            regions?.removeFirst()
        }
    }

    /// Ends the stream.
    package func finish() throws {
        try endEntry()
        pending += [UInt8](repeating: 0, count: 1024)
        try flush(atLeast: 1)
    }

    private func endEntry() throws {
        guard remaining == 0 else { throw LayerError(.system, "less content than its header says") }
        pending += [UInt8](repeating: 0, count: padding)
        padding = 0
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws {
        if bytes.count < Self.capacity {
            pending.append(contentsOf: bytes)
            return try flush(atLeast: Self.capacity)
        }
        try flush(atLeast: 1)
        try output(bytes)
    }

    private func flush(atLeast count: Int) throws {
        guard pending.count >= count else { return }
        try pending.withUnsafeBytes { try output($0) }
        pending.removeAll(keepingCapacity: true)
    }
}

/// Where a file with holes has content, as it stands before that content: the number of parts, then offset and length
/// of each, as lines of decimal digits, filled up to a block (GNU tar manual, "PAX Format, Version 1.0").
private struct SparseMap {
    var bytes: [UInt8]
    /// Bytes of the parts.
    var stored: Int64

    init(_ regions: [Range<Int64>]) {
        let numbers = [Int64(regions.count)] + regions.flatMap { [$0.lowerBound, $0.upperBound - $0.lowerBound] }
        bytes = numbers.flatMap { Array("\($0)\n".utf8) }
        bytes += [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
        stored = regions.reduce(0) { $0 + $1.upperBound - $1.lowerBound }
    }
}

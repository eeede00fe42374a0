import LinuxSystem

/// The file `state` beside a log, rewritten with each batch:
///
///     0       64 bytes: magic, slot, sequence, size, generation, time, number of files, lengths of the pending lines
///     4096    slot 0: pending lines of stdout, stderr, one after the other
///     40960   slot 1
///
/// The slot not in use is written first. The header then names it, in one write within one page, of which a process that
/// is killed leaves all or nothing.
final class Journal {
    private static let magic: UInt32 = 0x314c_4a42
    private static let headerSize = 64
    private static let slotSize: Int64 = 36 << 10

    private let file: Descriptor
    private var slot: UInt32 = 0

    init(_ file: consuming Descriptor) { self.file = file }

    /// - Returns: nil when nothing usable was ever stored.
    func load() throws(SystemError) -> LogState? {
        guard let header = try read(Self.headerSize, at: 0), Self.word32(header, 0) == Self.magic else { return nil }
        slot = Self.word32(header, 4) & 1
        var state = LogState()
        state.sequence = Self.word64(header, 8)
        state.size = Int64(bitPattern: Self.word64(header, 16))
        state.generation = Self.word64(header, 24)
        state.time = Int64(bitPattern: Self.word64(header, 32))
        state.maximumFiles = Self.word32(header, 40)
        let lengths = [Int(Self.word32(header, 44)), Int(Self.word32(header, 48))]
        guard state.size >= 0, lengths.allSatisfy({ $0 <= LogWriter.entrySize }) else { return nil }
        guard let pending = try read(lengths[0] + lengths[1], at: offset(of: slot)) else { return nil }
        state.pending = [Array(pending[..<lengths[0]]), Array(pending[lengths[0]...])]
        return state
    }

    /// Replaces what is stored. When it throws, the old state is in force.
    func store(_ state: LogState) throws(SystemError) {
        let pending = state.pending[0] + state.pending[1]
        let next = pending.isEmpty ? slot : 1 - slot
        if !pending.isEmpty { try RegularFile.write(file.raw, pending, at: offset(of: next)) }
        let words: [UInt64] = [
            UInt64(Self.magic) | UInt64(next) << 32, state.sequence, UInt64(bitPattern: state.size), state.generation,
            UInt64(bitPattern: state.time), UInt64(state.maximumFiles) | UInt64(state.pending[0].count) << 32,
            UInt64(state.pending[1].count), 0,
        ]
        var header: [UInt8] = []
        for word in words { withUnsafeBytes(of: word) { header.append(contentsOf: $0) } }
        try RegularFile.write(file.raw, header, at: 0)
        slot = next
    }

    private func offset(of slot: UInt32) -> Int64 { 4096 + Int64(slot) * Self.slotSize }

    private func read(_ length: Int, at offset: Int64) throws(SystemError) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: length)
        guard length > 0 else { return bytes }
        let count = try bytes.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
            try RegularFile.read(file.raw, into: UnsafeMutableRawBufferPointer(buffer), at: offset)
        }
        return count == length ? bytes : nil
    }

    private static func word32(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }

    private static func word64(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
    }
}

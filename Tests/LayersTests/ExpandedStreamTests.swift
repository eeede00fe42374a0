import Archive
import LinuxSystem
import PluginConformance
import Testing

@testable import Decompression

/// Archives of clients, compressed with what docker takes.
@Suite struct ExpandedStreamTests {
    private static let commands = ["gzip -c", "bzip2 -c", "xz -c", "zstd -q --check -c"]

    private func sample() -> [UInt8] {
        var tar = TarBuilder()
        var random = SystemRandomNumberGenerator()
        for number in 0..<50 {
            tar.file("file-\(number)", (0..<700).map { _ in "\(UInt16.random(in: 0...999, using: &random)) " }.joined())
        }
        return tar.finished()
    }

    private func packed(_ command: String, _ bytes: [UInt8]) throws -> [UInt8] {
        try Scratch.with { scratch in
            try writeFile(scratch.path + "/tar", bytes)
            try #require(try run("/bin/sh", "-c", "\(command) tar >packed", in: scratch.path) == 0)
            return try readFile(scratch.path + "/packed")
        }
    }

    /// Read in pieces of `pieceSize` bytes.
    private func expand(_ bytes: [UInt8], pieceSize: Int = 5000, limits: LayerLimits = .init()) throws -> [UInt8] {
        let stream = try ExpandedStream(Pieces(bytes, of: pieceSize), limits: limits)
        var result: [UInt8] = []
        var held = false
        while let piece = try stream.next(returning: held) {
            result += piece
            held = true
        }
        return result
    }

    private func refusal(_ bytes: [UInt8], limits: LayerLimits = .init()) throws -> LayerError {
        try #require(throws: LayerError.self) { _ = try expand(bytes, limits: limits) }
    }

    @Test(arguments: commands + ["cat"], [1, 7, 5000, 1 << 20])
    func becomesItsTar(_ command: String, _ pieceSize: Int) throws {
        let tar = sample()
        let bytes = try packed(command, tar)
        #expect(try expand(bytes, pieceSize: pieceSize) == tar)
        if command == "cat" { return }
        // Two streams one after the other, zeros between and behind them.
        #expect(try expand(bytes + [0, 0, 0, 0] + bytes + [0, 0, 0, 0], pieceSize: pieceSize) == tar + tar)
    }

    @Test(arguments: commands) func aCutOrChangedOneIsDamaged(_ command: String) throws {
        let bytes = try packed(command, sample())
        for count in stride(from: 7, to: bytes.count, by: bytes.count / 50) + [bytes.count - 1] {
            let error = try refusal(Array(bytes.prefix(count)))
            #expect(error.reason.hasPrefix("the archive ends in the middle of its "), "\(count): \(error)")
        }
        var changed = bytes
        changed[bytes.count / 2] ^= 0x10
        #expect(try refusal(changed).kind == .damaged)
        #expect(try refusal(bytes + Array("more".utf8)).reason.hasPrefix("bytes follow the end of the "))
    }

    @Test(arguments: commands) func aBombIsBounded(_ command: String) throws {
        let bytes = try packed(command, Array(repeating: 0, count: 64 << 20))
        var limits = LayerLimits()
        limits.streamSize = 1 << 20
        #expect(try refusal(bytes, limits: limits).kind == .tooLarge)
    }

    @Test func memoryThatAStreamWantsIsBounded() throws {
        let greedy = try refusal(try packed("xz --lzma2=dict=512MiB -c", sample()))
        #expect(greedy.kind == .tooLarge && greedy.reason.contains("MiB of memory"), "\(greedy)")
        // Its length is not known where it comes from a pipe: the window is as large as said.
        let window = try refusal(try packed("cat tar | zstd -q --ultra --long=30 -c | cat - ", sample()))
        #expect(window.reason.contains("the zstd stream"), "\(window)")
    }

    @Test func aTarWhoseFirstNameLooksCompressedIsATar() throws {
        for name in [[0xfd, 0x37, 0x7a, 0x58, 0x5a], [0x1f, 0x8b, 0x08], Array("BZh9".utf8)] as [[UInt8]] {
            var tar = sample()
            tar.replaceSubrange(0..<100, with: name + Array(repeating: 0, count: 100 - name.count))
            #expect(try expand(tar) == tar)
        }
        #expect(try expand([]) == [])
        #expect(try expand([0x1f]) == [0x1f])
    }
}

/// Bytes that come in pieces.
private final class Pieces: TarStream {
    private let bytes: [UInt8]
    private let size: Int
    private var offset = 0
    private let piece: UnsafeMutableRawBufferPointer

    init(_ bytes: [UInt8], of size: Int) {
        (self.bytes, self.size) = (bytes, size)
        piece = .allocate(byteCount: size, alignment: 1)
    }

    deinit { piece.deallocate() }

    func next(returning held: Bool) throws(LayerError) -> UnsafeRawBufferPointer? {
        let next = bytes[offset..<min(bytes.count, offset + size)]
        offset += next.count
        piece.copyBytes(from: next)
        return next.isEmpty ? nil : UnsafeRawBufferPointer(rebasing: piece[..<next.count])
    }
}

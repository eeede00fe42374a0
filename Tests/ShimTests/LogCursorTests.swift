import ShimStreams
import Testing

@Suite struct LogCursorTests {
    @Test func acknowledgesWholeFramesThatWereSent() throws {
        var (ring, cursor) = try Self.ring(of: ["one", "two", "three"])
        cursor.advance(ring.count, in: ring)
        #expect(LogCursor.acknowledge(&cursor, 4, in: ring))
        #expect(ring.sequence(at: cursor.acknowledged) == 3)
        #expect(LogCursor.acknowledge(&cursor, 11, in: ring))
        #expect(cursor.acknowledged == ring.end)
    }

    @Test func refusesWhatWasNotSent() throws {
        var (ring, cursor) = try Self.ring(of: ["one", "two"])
        cursor.advance(FrameHeader.size + 3, in: ring)
        #expect(!LogCursor.acknowledge(&cursor, 100, in: ring))
        #expect(!LogCursor.resume(&cursor, from: 7, in: ring))
        #expect(LogCursor.resume(&cursor, from: 6, in: ring))
    }

    @Test func resumesInTheMiddleOfAFrame() throws {
        var (ring, cursor) = try Self.ring(of: ["hello", "world"])
        cursor.advance(ring.count, in: ring)
        #expect(LogCursor.resume(&cursor, from: 2, in: ring))
        let header = cursor.carry.withUnsafeBytes { FrameHeader($0.baseAddress!) }
        #expect(header.sequence == 2)
        #expect(header.length == 3)
        #expect(Array(cursor.carry.dropFirst(FrameHeader.size)) == Array("llo".utf8))
        #expect(ring.sequence(at: cursor.sent) == 5)
        // A further loss before anything was stored: the same again.
        cursor.advance(10, in: ring)
        #expect(LogCursor.resume(&cursor, from: 2, in: ring))
        #expect(cursor.carry.count == FrameHeader.size + 3)
    }

    @Test func sendsTheEndOfTheLogAgain() throws {
        var (ring, cursor) = try Self.ring(of: ["x"])
        try ring.commitEnd(time: 1)
        cursor.advance(ring.count, in: ring)
        #expect(LogCursor.resume(&cursor, from: 1, in: ring))
        #expect(ring.header(at: cursor.sent).flags == FrameHeader.endOfLog)
    }

    @Test func dropsTheOldestButNotHalfAFrame() throws {
        var (ring, cursor) = try Self.ring(of: ["first", "second", "third"])
        cursor.advance(FrameHeader.size + 2, in: ring)
        cursor.dropOldest(in: ring)
        #expect(cursor.carry == Array("rst".utf8))
        #expect(cursor.dropped == 0)
        cursor.dropOldest(in: ring)
        #expect(cursor.dropped == 1)
        cursor.advance(3, in: ring)
        #expect(cursor.carry.isEmpty)
        #expect(ring.header(at: cursor.sent).sequence == 11)
    }

    private static func ring(of frames: [String]) throws -> (Ring, LogCursor) {
        let ring = Ring()
        for frame in frames { try ring.value.add(Array(frame.utf8)) }
        return (ring, LogCursor(at: 0))
    }
}

/// A ring that a test can return beside its cursor.
final class Ring {
    var value = FrameRing()
    var count: Int { value.count }
    var end: UInt64 { value.end }
    func sequence(at position: UInt64) -> UInt64 { value.sequence(at: position) }
    func header(at position: UInt64) -> FrameHeader { value.header(at: position) }
    func commitEnd(time: Int64) throws { try value.commitEnd(time: time) }
}

extension LogCursor {
    mutating func advance(_ count: Int, in ring: Ring) { advance(count, in: ring.value) }
    mutating func dropOldest(in ring: Ring) { dropOldest(in: ring.value) }

    // As functions of a place, because an expectation cannot change its subject.
    static func acknowledge(_ cursor: inout LogCursor, _ sequence: UInt64, in ring: Ring) -> Bool {
        cursor.acknowledge(sequence, in: ring.value)
    }
    static func resume(_ cursor: inout LogCursor, from sequence: UInt64, in ring: Ring) -> Bool {
        cursor.resume(from: sequence, in: ring.value)
    }
}

import ShimStreams
import Testing

@Suite struct FrameRingTests {
    @Test func keepsFramesInOrderAcrossItsEnd() throws {
        var ring = FrameRing()
        var expected: UInt64 = 0
        for round in 0..<200 {
            let text = Array("round \(round) ".utf8) + [UInt8](repeating: UInt8(round & 0xff), count: 60_000)
            try ring.add(text)
            let header = ring.header(at: ring.start)
            #expect(header.sequence == expected)
            #expect(Int(header.length) == text.count)
            let bytes = ring.bytes(from: ring.start, to: ring.end).dropFirst(FrameHeader.size)
            #expect(bytes.elementsEqual(text))
            expected += UInt64(text.count)
            ring.discard(before: ring.next(after: ring.start))
            // Keeps it from beginning again at its memory's beginning.
            if round % 2 == 0 { try ring.add([1]) } else { ring.discard(before: ring.end) }
            if round % 2 == 0 {
                ring.discard(before: ring.start)
                ring.discard(before: ring.end)
                expected += 1
            }
        }
        let (isEmpty, sequence) = (ring.isEmpty, ring.sequence)
        #expect(isEmpty)
        #expect(sequence == expected)
    }

    @Test func wrapsWhileItIsNeverEmpty() throws {
        var ring = FrameRing()
        var written: UInt8 = 0
        var read: UInt8 = 0
        try ring.add([UInt8](repeating: written, count: 50_000))
        for _ in 0..<400 {
            written &+= 1
            try ring.add([UInt8](repeating: written, count: 50_000))
            let next = ring.next(after: ring.start)
            let bytes = ring.bytes(from: ring.start, to: next).dropFirst(FrameHeader.size)
            #expect(bytes.allSatisfy { $0 == read })
            #expect(bytes.count == 50_000)
            ring.discard(before: next)
            read &+= 1
        }
        let isEmpty = ring.isEmpty
        #expect(!isEmpty)
    }

    @Test func saysNoWhenFullUntilTheLimitIsLifted() throws {
        var ring = FrameRing(limit: 100_000)
        var frames = 0
        while let place = try ring.reserve() {
            try ring.commit(place.count, .stderr, time: 1)
            frames += 1
            try #require(frames < 100)
        }
        let count = ring.count
        #expect(count <= 100_000)
        ring.liftLimit()
        let place = try ring.reserve()
        #expect(place != nil)
    }

    @Test func headerHasTheDocumentedLayout() throws {
        let header = FrameHeader(sequence: 0x0102, time: 3, length: 5, stream: 2, flags: 1)
        let bytes = [UInt8](unsafeUninitializedCapacity: 24) { buffer, count in
            header.store(to: buffer.baseAddress!)
            count = 24
        }
        #expect(bytes == [2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, 1, 0, 0])
        #expect(bytes.withUnsafeBytes { FrameHeader($0.baseAddress!) } == header)
    }
}

extension FrameRing {
    mutating func add(_ bytes: [UInt8], _ stream: OutputStream = .stdout) throws {
        let reserved = try reserve()
        let place = try #require(reserved)
        place.copyBytes(from: bytes)
        try commit(bytes.count, stream, time: 1)
    }
}

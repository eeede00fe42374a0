import BerthAPI
import Testing

@testable import BerthCLI

@Suite struct DecoderTests {
    /// Feeds `bytes` in pieces of `size` and collects what comes out of each stream.
    private func decode(
        _ decoder: some FrameDecoder, _ bytes: [UInt8], _ size: Int
    ) -> (output: String, error: String) {
        var decoder = decoder
        var pieces: [OutputStream: [UInt8]] = [:]
        for start in stride(from: 0, to: bytes.count, by: size) {
            bytes[start..<min(bytes.count, start + size)].withUnsafeBytes { piece in
                decoder.feed(piece) { pieces[$0, default: []] += $1 }
            }
        }
        func text(_ stream: OutputStream) -> String { String(decoding: pieces[stream] ?? [], as: UTF8.self) }
        return (text(.output), text(.error))
    }

    @Test(arguments: [1, 3, 7, 8, 9, 1000])
    func multiplexed(_ size: Int) {
        let bytes =
            Frames.multiplexed(1, "hello ") + Frames.multiplexed(2, "oops") + Frames.multiplexed(1, "")
            + Frames.multiplexed(1, "world")
        let decoded = decode(MultiplexDecoder(), bytes, size)
        #expect(decoded.output == "hello world")
        #expect(decoded.error == "oops")
    }

    @Test(arguments: [1, 5, 24, 25, 1000])
    func logs(_ size: Int) {
        let bytes =
            Frames.log(1, "one\n", time: 1_000_000_000) + Frames.log(2, "two ", time: 2_000_000_000, flags: 2)
            + Frames.log(1, "three\n", time: 3_000_000_000) + Frames.log(2, "two\n", time: 4_000_000_000)
            + Frames.log(1, "", time: 5_000_000_000, flags: 1)
        let plain = decode(LogFrameDecoder(timestamps: false), bytes, size)
        #expect(plain.output == "one\nthree\n")
        #expect(plain.error == "two two\n")
        let timed = decode(LogFrameDecoder(timestamps: true), bytes, size)
        #expect(timed.output == "1970-01-01T00:00:01.000000000Z one\n1970-01-01T00:00:03.000000000Z three\n")
        #expect(timed.error == "1970-01-01T00:00:02.000000000Z two two\n")
    }

    /// A stream that breaks off anywhere, and the next one that begins with the frames of the last time: nothing is
    /// shown twice or left out, although several lines have one time.
    @Test(arguments: [false, true]) func aLogIsTakenUpWhereItBrokeOff(_ timestamps: Bool) {
        let lines: [(UInt8, String, UInt64)] = [
            (1, "one\n", 1), (1, "two\n", 2), (2, "three\n", 2), (1, "four\n", 2), (1, "five\n", 3), (1, "six\n", 3),
        ]
        let frames = lines.map { Frames.log($0.0, $0.1, time: $0.2) }
        let whole = decode(LogFrameDecoder(timestamps: timestamps), frames.flatMap { $0 }, 1000)
        for cut in 0...frames.joined().count {
            let place = LogPlace()
            let first = decode(
                LogFrameDecoder(timestamps: timestamps, place: place), Array(frames.joined().prefix(cut)), 7)
            place.position.rewind()
            let since = place.position.time.map { UInt64($0) } ?? 0
            let rest = zip(lines, frames).filter { $0.0.2 >= since }.flatMap { $0.1 }
            let second = decode(LogFrameDecoder(timestamps: timestamps, place: place), rest, 7)
            #expect(first.output + second.output == whole.output, "cut at \(cut)")
            #expect(first.error + second.error == whole.error, "cut at \(cut)")
        }
    }
}

/// Frames as a shim and a log driver send them.
enum Frames {
    static func multiplexed(_ stream: UInt8, _ text: String) -> [UInt8] {
        multiplexed(stream, Array(text.utf8))
    }

    static func multiplexed(_ stream: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        let length = (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * (3 - $0))) }
        return [stream, 0, 0, 0] + length + bytes
    }

    static func log(_ stream: UInt8, _ text: String, time: UInt64, flags: UInt8 = 0) -> [UInt8] {
        func little(_ value: UInt64, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        }
        return little(0, 8) + little(time, 8) + little(UInt64(text.utf8.count), 4) + [stream, flags, 0, 0]
            + Array(text.utf8)
    }
}

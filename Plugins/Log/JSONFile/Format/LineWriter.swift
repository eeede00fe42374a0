import BerthAPI

/// What stands around the text of a line:
///
///     {"log":"text\n","stream":"stdout","attrs":{…},"time":"2026-11-23T10:00:00.123456789Z"}
struct LineWriter {
    private static let start = Array(#"{"log":""#.utf8)

    /// `,"attrs":{…}` or nothing.
    private let attributes: [UInt8]
    private var second = Int64.min
    /// The date and time down to the second.
    private var clock: [UInt8] = []
    private var time = Int64.min
    /// What follows the text, for stdout and stderr, at `time`.
    private var ends: [[UInt8]] = [[], []]

    /// - Parameter attributes: written into each line; none when empty.
    init(attributes: [(String, String)]) {
        guard !attributes.isEmpty else {
            self.attributes = []
            return
        }
        let buffer = OutputBuffer(capacity: 256)
        for (index, attribute) in attributes.enumerated() {
            buffer.append(Array((index == 0 ? #","attrs":{""# : #",""#).utf8))
            Array(attribute.0.utf8).withUnsafeBytes { buffer.appendEscaped($0) }
            buffer.append(Array(#"":""#.utf8))
            Array(attribute.1.utf8).withUnsafeBytes { buffer.appendEscaped($0) }
            buffer.append(Array(#"""#.utf8))
        }
        buffer.append(Array("}".utf8))
        self.attributes = Array(buffer.bytes)
    }

    /// Appends one line of the file.
    ///
    /// - Parameters:
    ///   - stream: 0 stdout, 1 stderr.
    ///   - isComplete: whether the text was followed by a newline.
    mutating func append(
        _ text: UnsafeRawBufferPointer, stream: Int, time: Int64, isComplete: Bool, to buffer: OutputBuffer
    ) {
        if time != self.time { setTime(time) }
        buffer.append(Self.start)
        buffer.appendEscaped(text)
        ends[stream].withUnsafeBytes { end in
            buffer.append(isComplete ? end : UnsafeRawBufferPointer(rebasing: end.dropFirst(2)))
        }
    }

    private mutating func setTime(_ time: Int64) {
        self.time = time
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: 1_000_000_000)
        let second = remainder < 0 ? quotient - 1 : quotient
        if second != self.second {
            self.second = second
            clock = Array(Timestamp(nanoseconds: second * 1_000_000_000).description.utf8.prefix(19))
        }
        let fraction = Self.fraction(time - second * 1_000_000_000)
        for (stream, name) in ["stdout", "stderr"].enumerated() {
            ends[stream] =
                Array(#"\n","stream":""#.utf8) + Array(name.utf8) + [0x22] + attributes + Array(#","time":""#.utf8)
                + clock + fraction + Array("Z\"}\n".utf8)
        }
    }

    /// Decimals without zeros at the end, and no point without decimals (Go's RFC3339Nano).
    private static func fraction(_ nanoseconds: Int64) -> [UInt8] {
        guard nanoseconds > 0 else { return [] }
        var digits = [UInt8](repeating: 0x30, count: 10)
        var rest = nanoseconds
        for index in (1...9).reversed() {
            digits[index] = 0x30 + UInt8(rest % 10)
            rest /= 10
        }
        digits[0] = 0x2e
        while digits.last == 0x30 { digits.removeLast() }
        return digits
    }
}

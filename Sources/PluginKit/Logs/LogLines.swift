import LinuxSystem

/// A line of a container's output.
public struct LogLine: Sendable {
    /// Nanoseconds since 1970.
    public var time: Int64
    /// 1 stdout, 2 stderr.
    public var stream: UInt8
    /// With its newline, unless it goes on in the next line of its stream.
    public var text: [UInt8]
}

/// Turns what a container wrote into lines.
public struct LogLineSplitter: Sendable {
    /// The longest text of one line, as docker has it; a longer one comes in parts.
    public static let lineSize = 16 << 10

    /// Beginnings of lines of stdout and stderr whose ends have not come.
    private var pending: [[UInt8]] = [[], []]
    private var time: Int64 = 0

    public init() {}

    public mutating func add(_ chunk: LogChunk) -> [LogLine] {
        let stream = Int(chunk.frame.stream) - 1
        guard pending.indices.contains(stream) else { return [] }
        time = chunk.frame.time
        let text = pending[stream] + chunk.payload
        var (lines, start) = ([LogLine](), 0)
        while start < text.count, let end = Self.end(of: text[start...]) {
            lines.append(LogLine(time: time, stream: chunk.frame.stream, text: Array(text[start..<end])))
            start = end
        }
        pending[stream] = Array(text[start...])
        return lines
    }

    /// Lines that have not ended, as they are: no more will come.
    public mutating func finish() -> [LogLine] {
        defer { pending = [[], []] }
        return pending.enumerated().filter { !$0.element.isEmpty }.map { stream, text in
            LogLine(time: time, stream: UInt8(stream + 1), text: text)
        }
    }

    /// - Returns: nil for the beginning of a line.
    private static func end(of text: ArraySlice<UInt8>) -> Int? {
        let window = text.prefix(lineSize + 1)
        if let newline = window.firstIndex(of: 0x0a) { return newline + 1 }
        guard text.count >= lineSize else { return nil }
        return text.startIndex + text.prefix(lineSize).withUnsafeBytes { UTF8Text.wholeCharacters($0) }
    }
}

/// Sends whole lines to a reader, as log frames.
public struct LogLineSender {
    private let socket: CInt
    private var sequence: UInt64 = 0

    /// - Parameter socket: stays the caller's.
    public init(_ socket: CInt) { self.socket = socket }

    /// Waits while the reader does not read.
    ///
    /// - Throws: `brokenPipe` or `connectionReset` when it is gone.
    public mutating func send(_ lines: [LogLine]) throws(SystemError) {
        guard !lines.isEmpty else { return }
        var bytes: [UInt8] = []
        for line in lines {
            let flags = line.text.last == 0x0a ? 0 : LogFrame.partialLine
            let frame = LogFrame(
                sequence: sequence, time: line.time, length: line.text.count, stream: line.stream, flags: flags)
            LogChunk(frame, payload: line.text).append(to: &bytes)
            sequence += UInt64(line.text.count)
        }
        try bytes.withUnsafeBufferPointer { bytes throws(SystemError) in
            try UnixSocket.sendAll(socket, UnsafeRawBufferPointer(bytes))
        }
    }
}

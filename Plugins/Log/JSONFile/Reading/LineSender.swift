import BerthAPI
import LinuxSystem
import PluginKit

/// Reads stretches of log files and sends the lines that were asked for.
final class LineSender {
    private static let blockSize = 64 << 10

    private let request: LogRead
    private let socket: CInt
    private let input = OutputBuffer(capacity: 2 * blockSize)
    private let output = OutputBuffer()
    private let text = OutputBuffer(capacity: 16 << 10)
    private var sequence: UInt64 = 0
    /// Whether a line was later than what was asked for.
    private(set) var isFinished = false

    init(_ request: LogRead, socket: CInt) {
        self.request = request
        self.socket = socket
    }

    /// Sends the lines of a stretch that begins and ends with a line.
    func send(_ file: CInt, from start: Int64, to end: Int64) throws(SystemError) {
        var position = start
        input.removeAll()
        while position < end, !isFinished {
            let room = Int(min(Int64(Self.blockSize), end - position))
            let count = try input.append(room: room) { buffer throws(SystemError) in
                try RegularFile.read(file, into: buffer, at: position)
            }
            // The file has become shorter under us.
            if count == 0 { break }
            position += Int64(count)
            takeLines()
            if output.count >= Self.blockSize { try flush() }
        }
        try flush()
    }

    private func takeLines() {
        let bytes = input.bytes
        var start = 0
        while !isFinished, let newline = bytes.firstNewline(from: start) {
            take(UnsafeRawBufferPointer(rebasing: bytes[start..<newline]))
            start = newline + 1
        }
        input.removeFirst(start)
    }

    private func take(_ line: UnsafeRawBufferPointer) {
        text.removeAll()
        // What is not a line of this format, nobody could show.
        guard let stream = LineParser.parse(line, text: text), let time = LineParser.time(of: line) else { return }
        if let until = request.until, time > until.nanoseconds { return isFinished = true }
        if let since = request.since, time < since.nanoseconds { return }
        guard stream == 1 ? request.stdout : request.stderr, !text.isEmpty else { return }
        append(stream, time)
    }

    /// A line that another program wrote can be longer than a frame.
    private func append(_ stream: UInt8, _ time: Int64) {
        var rest = text.bytes
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(LogFrame.maximumPayload))
            let flags = piece[piece.count - 1] == 0x0a ? 0 : LogFrame.partialLine
            LogFrame(sequence: sequence, time: time, length: piece.count, stream: stream, flags: flags)
                .write(output.append)
            output.append(piece)
            sequence += UInt64(piece.count)
            rest = UnsafeRawBufferPointer(rebasing: rest[piece.count...])
        }
    }

    private func flush() throws(SystemError) {
        guard !output.isEmpty else { return }
        try UnixSocket.sendAll(socket, output.bytes)
        output.removeAll()
    }
}

import LinuxSystem
import PluginKit

/// One container's log:
///
///     <state>/<container>/1, 2, …    frames as they came; the highest is being written
///
/// A frame at the end says that the log was closed: the next one begins at sequence 0.
final class ContainerLog: Sendable {
    struct View {
        /// The file that is being written, and how much of it is whole.
        var file = 1
        var size: Int64 = 0
        var sequence: UInt64 = 0
        /// Whether lines can still come.
        var isLive = false
        var stream: LogStreamReader?
    }

    let folder: Folder
    let view = Monitor(View())

    init(_ folder: Folder) throws {
        self.folder = folder
        var view = View()
        while try folder.size(of: "\(view.file + 1)") != nil { view.file += 1 }
        let file = try folder.open("\(view.file)", .create)
        for number in 1...view.file {
            view.size = 0
            try Self.read(folder, number, from: 0) { view.add($0) }
        }
        // What a crash cut off was never acknowledged.
        try RegularFile.truncate(file.raw, to: view.size)
        let found = view
        self.view.withLock { $0 = found }
    }

    // MARK: Writing

    func append(_ chunks: [LogChunk]) throws {
        var bytes: [UInt8] = []
        for chunk in chunks { chunk.append(to: &bytes) }
        try view.withLock { view in
            let file = try folder.open("\(view.file)", .create)
            try RegularFile.write(file.raw, bytes, at: view.size)
            for chunk in chunks { view.add(chunk) }
        }
        view.wakeAll()
    }

    func end() throws {
        let isOpen = view.withLock { $0.sequence > 0 }
        if isOpen {
            try append([
                LogChunk(LogFrame(sequence: 0, time: 0, length: 0, stream: 0, flags: LogFrame.endOfLog), payload: [])
            ])
        }
        setLive(false)
    }

    func setLive(_ isLive: Bool) {
        view.withLock { $0.isLive = isLive }
        view.wakeAll()
    }

    func rotate() throws {
        try view.withLock { view in
            _ = try folder.open("\(view.file + 1)", .create)
            (view.file, view.size) = (view.file + 1, 0)
        }
        view.wakeAll()
    }

    // MARK: Reading

    /// Gives the chunks of one file, from a position to its last whole one.
    ///
    /// - Returns: where it ended.
    @discardableResult
    static func read(
        _ folder: Folder, _ number: Int, from start: Int64, to end: Int64 = .max, _ body: (LogChunk) throws -> Void
    ) throws -> Int64 {
        let file = try folder.open("\(number)", .read)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var (parser, position) = (LogFrameParser(), start)
        while position < end {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(Int(min(end - position, 256 << 10))))
            let count = try RegularFile.read(file.raw, into: part, at: position)
            guard count > 0 else { break }
            position += Int64(count)
            for chunk in try parser.feed(part[..<count]) { try body(chunk) }
        }
        return position - Int64(parser.pending)
    }
}

extension ContainerLog.View {
    mutating func add(_ chunk: LogChunk) {
        size += Int64(LogFrame.size + chunk.payload.count)
        sequence = chunk.frame.isEnd ? 0 : chunk.frame.sequence + UInt64(chunk.payload.count)
    }
}

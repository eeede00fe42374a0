import BerthAPI
import JSON
import LinuxSystem
import PluginKit
import Synchronization

/// Sends lines of a log to one reader.
final class Reader: Sendable {
    private let log: ContainerLog
    private let request: LogRead
    private let cancelled = Atomic(false)

    init(_ log: ContainerLog, _ request: LogRead) {
        self.log = log
        self.request = request
    }

    /// Nobody listens any more.
    func cancel() {
        cancelled.store(true, ordering: .relaxed)
        log.view.wakeAll()
    }

    func run(_ socket: SharedDescriptor) {
        var lines = Lines(request, LogLineSender(socket.raw))
        do {
            var (file, position) = (1, Int64(0))
            while !lines.isFinished, let (number, size) = news(file, position) {
                if number > file {
                    try ContainerLog.read(log.folder, file, from: position) { try lines.take($0) }
                    (file, position) = (file + 1, 0)
                } else {
                    position = try ContainerLog.read(log.folder, file, from: position, to: size) { try lines.take($0) }
                    try lines.catchUp()
                }
            }
            try lines.catchUp()
        } catch let error as SystemError where error.errno == .brokenPipe || error.errno == .connectionReset {
            // It has seen enough.
        } catch {
            PluginLog.warning("a log cannot be read", [("log", JSON(log.folder.path)), ("error", JSON("\(error)"))])
        }
    }

    /// The file being written and its size, once there is more than was read; nil when no more will come.
    private func news(_ file: Int, _ position: Int64) -> (file: Int, size: Int64)? {
        let found: (Int, Int64)?? = log.view.wait { view in
            if self.cancelled.load(ordering: .relaxed) { return .some(nil) }
            if view.file > file || view.size > position { return (view.file, view.size) }
            return self.request.follow && view.isLive ? nil : .some(nil)
        }
        return found ?? nil
    }
}

/// The lines that were asked for, on their way.
private struct Lines {
    private let request: LogRead
    private var sender: LogLineSender
    private var splitter = LogLineSplitter()
    private var waiting: [LogLine] = []
    /// Whether all that was there has been sent, so that `tail` means nothing any more.
    private var isCaughtUp = false
    /// Whether a line was later than what was asked for.
    private(set) var isFinished = false

    init(_ request: LogRead, _ sender: LogLineSender) {
        self.request = request
        self.sender = sender
    }

    mutating func take(_ chunk: LogChunk) throws {
        for line in chunk.frame.isEnd ? splitter.finish() : splitter.add(chunk) where !isFinished {
            isFinished = request.until.map { line.time > $0.nanoseconds } ?? false
            if !isFinished { waiting.append(line) }
        }
        // Not beyond what may be asked for: the largest number is one too.
        if let tail, waiting.count - 1000 > tail { waiting.removeFirst(waiting.count - tail) }
        try send()
    }

    /// `tail` counts the lines of both streams.
    private var tail: Int? { isCaughtUp ? nil : request.tail.flatMap { $0 < 0 ? nil : $0 } }

    mutating func catchUp() throws {
        if let tail { waiting.removeFirst(max(0, waiting.count - tail)) }
        isCaughtUp = true
        try send()
    }

    private mutating func send() throws {
        guard tail == nil else { return }
        let lines = waiting.filter { line in
            (request.since.map { line.time >= $0.nanoseconds } ?? true)
                && (line.stream == 1 ? request.stdout : request.stderr)
        }
        waiting = []
        try sender.send(lines)
    }
}

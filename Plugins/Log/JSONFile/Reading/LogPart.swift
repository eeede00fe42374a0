import BerthAPI
import LinuxSystem

/// A stretch of one file of a log.
struct LogPart {
    var descriptor: SharedDescriptor
    var generation: UInt64
    var start: Int64
    var end: Int64

    /// What a request asks for, oldest first; the current file is always the last.
    static func plan(of log: ContainerLog, _ request: LogRead) throws -> [LogPart] {
        var parts = try files(of: log)
        if let tail = request.tail, tail >= 0 { try cut(&parts, tail: tail) }
        if let since = request.since { try cut(&parts, since: since.nanoseconds) }
        return parts
    }

    /// The files that there are, oldest first.
    private static func files(of log: ContainerLog) throws -> [LogPart] {
        // The lock keeps the names as they are.
        try log.view.withLock { view in
            var parts: [LogPart] = []
            var index = 0
            while let file = try open(log, index) {
                let end = index == 0 ? view.size : try RegularFile.size(file.raw)
                let generation = view.generation &- UInt64(index)
                parts.append(LogPart(descriptor: file, generation: generation, start: 0, end: end))
                index += 1
            }
            return parts.reversed()
        }
    }

    /// The file after that of `generation`, or the oldest after it that is still there.
    static func successor(of generation: UInt64, in log: ContainerLog) throws -> LogPart? {
        try log.view.withLock { view in
            guard view.generation > generation else { return nil }
            var index = Int(clamping: view.generation - generation - 1)
            while index >= 0 {
                if let file = try open(log, index) {
                    return LogPart(
                        descriptor: file, generation: view.generation - UInt64(index), start: 0, end: 0)
                }
                index = min(index - 1, 1000)
            }
            return nil
        }
    }

    private static func open(_ log: ContainerLog, _ index: Int) throws(SystemError) -> SharedDescriptor? {
        do {
            return try log.folder.open(log.name(index), .read).shared()
        } catch  where error.errno == .noEntry {
            return nil
        }
    }

    // MARK: Where to begin

    private static func cut(_ parts: inout [LogPart], tail: Int) throws(SystemError) {
        var rest = tail
        for index in parts.indices.reversed() {
            parts[index].start = try FileScan(parts[index].descriptor.raw, end: parts[index].end).tail(&rest)
        }
    }

    private static func cut(_ parts: inout [LogPart], since: Int64) throws(SystemError) {
        var isOlder = false
        for index in parts.indices.reversed() {
            let scan = FileScan(parts[index].descriptor.raw, end: parts[index].end)
            if isOlder {
                parts[index].start = parts[index].end
            } else if let first = try scan.firstTime(), first < since {
                parts[index].start = max(parts[index].start, try scan.lowerBound(since))
                isOlder = true
            }
        }
    }
}

import JSON
import LinuxSystem
import PluginKit

/// Puts frames into a log's file. Lines collect in memory and are stored by `commit`, which never leaves a torn line.
///
/// Used on the loop's thread only.
final class LogWriter {
    /// The longest text of one entry, as docker has it.
    static let entrySize = 16 << 10
    /// Bytes of the file that one `commit` writes, about.
    private static let batchSize = 256 << 10

    let log: ContainerLog
    private let maximumSize: Int64?
    private var lines: LineWriter
    private var file: Descriptor
    private let journal: Journal
    /// What has been taken in; `size` counts what is in the file.
    private var state: LogState
    private var output: OutputBuffer
    /// The file is rotated when it has this size.
    private var limit: Int64

    /// Opens the container's files, and cuts off what a process before this one had not acknowledged.
    ///
    /// - Parameter options: those of before when absent, and no limit on the file's size.
    init(_ log: ContainerLog, options: LogOptions?, attributes: [(String, String)], output: OutputBuffer) throws {
        self.log = log
        maximumSize = options?.maximumSize
        self.output = output
        output.removeAll()
        lines = LineWriter(attributes: attributes)
        limit = options?.maximumSize ?? .max
        file = try log.openCurrent()
        journal = Journal(try log.folder.open(ContainerLog.stateName, .create))
        if let stored = try journal.load() {
            state = stored
        } else {
            state = LogState()
            state.size = try RegularFile.size(file.raw)
        }
        if let options { state.maximumFiles = UInt32(options.maximumFiles) }
        try cutBack()
        try journal.store(state)
        let (size, generation) = (state.size, state.generation)
        log.publish { ($0.size, $0.generation, $0.isLive) = (size, generation, true) }
    }

    /// Payload bytes taken in.
    var sequence: UInt64 { state.sequence }
    /// Whether it is time to `commit`.
    var isFull: Bool { output.count >= Self.batchSize || state.size + Int64(output.count) >= limit }

    private func cutBack() throws(SystemError) {
        let actual = try RegularFile.size(file.raw)
        if actual > state.size { return try RegularFile.truncate(file.raw, to: state.size) }
        // A power failure, a rotation cut short, or someone emptied the file: what is there up to the last whole line.
        state.size = try FileScan(file.raw, end: actual).lastLineEnd()
        try RegularFile.truncate(file.raw, to: state.size)
    }

    // MARK: Taking in

    /// Takes payload bytes.
    ///
    /// - Parameter stream: 0 stdout, 1 stderr.
    /// - Returns: how many were taken: not all when `isFull`.
    func take(_ payload: UnsafeRawBufferPointer, stream: Int, time: Int64) -> Int {
        var index = 0
        state.time = time
        while index < payload.count, !isFull {
            index += takeLine(UnsafeRawBufferPointer(rebasing: payload[index...]), stream)
        }
        state.sequence += UInt64(index)
        return index
    }

    /// Frames before this sequence never came: they were dropped.
    func skip(to sequence: UInt64) { state.sequence = sequence }

    private func takeLine(_ rest: UnsafeRawBufferPointer, _ stream: Int) -> Int {
        let room = Self.entrySize - state.pending[stream].count
        let window = UnsafeRawBufferPointer(rebasing: rest.prefix(room))
        if let newline = window.firstNewline(from: 0) {
            endLine(UnsafeRawBufferPointer(rebasing: window[..<newline]), stream)
            return newline + 1
        }
        guard window.count == room else {
            state.pending[stream].append(contentsOf: window)
            return window.count
        }
        guard state.pending[stream].isEmpty else {
            state.pending[stream].append(contentsOf: window)
            cutEntry(stream)
            return window.count
        }
        let length = UTF8Text.wholeCharacters(window)
        write(UnsafeRawBufferPointer(rebasing: window[..<length]), stream, isComplete: false)
        return length
    }

    private func endLine(_ end: UnsafeRawBufferPointer, _ stream: Int) {
        guard !state.pending[stream].isEmpty else { return write(end, stream, isComplete: true) }
        state.pending[stream].append(contentsOf: end)
        state.pending[stream].withUnsafeBytes { write($0, stream, isComplete: true) }
        state.pending[stream].removeAll(keepingCapacity: true)
    }

    private func cutEntry(_ stream: Int) {
        let length = state.pending[stream].withUnsafeBytes { text in
            let length = UTF8Text.wholeCharacters(text)
            write(UnsafeRawBufferPointer(rebasing: text[..<length]), stream, isComplete: false)
            return length
        }
        state.pending[stream].removeFirst(length)
    }

    /// Writes lines that have not ended as they are: no more will come.
    func endPending(time: Int64?) {
        if let time { state.time = time }
        for stream in 0..<2 where !state.pending[stream].isEmpty {
            let text = state.pending[stream]
            state.pending[stream] = []
            text.withUnsafeBytes { write($0, stream, isComplete: false) }
        }
    }

    private func write(_ text: UnsafeRawBufferPointer, _ stream: Int, isComplete: Bool) {
        lines.append(text, stream: stream, time: state.time, isComplete: isComplete, to: output)
    }

    // MARK: Storing

    /// Stores what has been taken in. When it throws, nothing is lost and it can be tried again.
    func commit() throws(SystemError) {
        var next = state
        next.size += Int64(output.count)
        do {
            if !output.isEmpty { try RegularFile.write(file.raw, output.bytes, at: state.size) }
            try journal.store(next)
        } catch {
            // Whoever reads the file itself shall not see half a line for longer than a moment.
            try? RegularFile.truncate(file.raw, to: state.size)
            throw error
        }
        let grown = next.size != state.size
        state = next
        output.removeAll()
        if grown { log.publish { $0.size = next.size } }
    }

    /// Moves what could not be stored to a buffer of its own: the shared one is for others.
    func keepOutput() {
        let kept = OutputBuffer(capacity: max(output.count, 16))
        kept.append(output.bytes)
        output.removeAll()
        output = kept
    }

    /// After `keepOutput` and a `commit` that worked.
    func use(_ shared: OutputBuffer) { output = shared }

    /// The log has ended: the next stream begins at 0 again. When it throws, lines that could not be stored are lost.
    func finish() throws(SystemError) {
        endPending(time: nil)
        state.sequence = 0
        do {
            try commit()
        } catch {
            output.removeAll()
            try journal.store(state)
            throw error
        }
    }

    // MARK: Rotating

    /// Starts a new file before the next line when this one has reached its size. Everything has been committed.
    func rotateIfDue() {
        guard state.size >= limit else { return }
        do {
            try rotate()
            limit = maximumSize ?? .max
        } catch {
            // Better a large file than none: the next attempt comes when it has grown as much again.
            limit = state.size + (maximumSize ?? 0)
            PluginLog.error("a log cannot be rotated", [("log", JSON(log.path)), ("error", JSON("\(error)"))])
        }
    }

    /// Starts a new file. Everything has been committed.
    func rotate() throws(SystemError) {
        try log.view.withLock { view throws(SystemError) in
            try log.shiftFiles(keeping: Int(state.maximumFiles))
            file = try log.openCurrent()
            state.size = 0
            state.generation += 1
            try journal.store(state)
            (view.size, view.generation) = (0, state.generation)
        }
        log.view.wakeAll()
    }
}

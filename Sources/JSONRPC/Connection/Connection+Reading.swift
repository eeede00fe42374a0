import JSON
import LinuxSystem
import Synchronization

extension Connection {
    /// The receiving half; only the loop's thread uses it.
    struct Input {
        /// What was read and not yet used: the start of a line, or whole lines while reading is paused.
        var held: [UInt8] = []
        /// How many bytes of `held` are known to contain no newline.
        var scanned = 0
        /// Arrived, and not yet claimed by a message.
        var descriptors: [SharedDescriptor] = []
        /// Lines are being handled, further up this thread's stack.
        var busy = false
        /// The pending requests are too many: lines stay in `held`.
        var paused = false
        /// Something was to be read while busy.
        var interrupted = false
        /// The peer sends no more.
        var ended = false
    }

    private static let readSize = 64 << 10

    /// Whether a line of this connection is being handled on this thread.
    var isHandlingInput: Bool { loop.isCurrent && input.withLock { $0.busy } }

    // MARK: Reading

    /// Something happened to the socket besides room to send.
    func handleInput(_ events: Events) {
        let state = input.withLock { (busy: $0.busy, paused: $0.paused, ended: $0.ended) }
        let gone = events.contains(.hangUp) || events.contains(.error)
        // With both directions closed nobody is left to answer, and the event would be reported for ever.
        if gone, state.busy || state.paused || state.ended { return close(reason: peerClosed) }
        if state.busy { return interrupt() }
        if !state.paused { readAvailable() }
    }

    /// Reads once and handles the lines that are whole. After a failure to send reads everything, since no event will
    /// tell of it again, and ends the connection.
    func readAvailable(afterFailure failure: String? = nil) {
        guard let socket = output.withLock({ $0.socket }) else { return }
        guard var input = takeInput() else {
            if let failure { close(reason: failure) }
            return
        }
        withUnsafeTemporaryAllocation(byteCount: Self.readSize, alignment: 16) { area in
            do throws(SystemError) {
                repeat {
                    guard let count = try UnixSocket.receive(socket.raw, into: area, descriptors: &input.descriptors)
                    else { break }
                    guard count > 0 else { return endOfInput(&input) }
                    use(UnsafeRawBufferPointer(rebasing: area[..<count]), &input)
                } while failure != nil && !isClosed && !input.paused
                putBack(&input)
                if let failure { close(reason: failure) }
            } catch {
                putBack(&input)
                close(reason: error.errno == .connectionReset ? peerClosed : "\(error)")
            }
        }
    }

    /// Goes on with the lines that were held back.
    func resumeReading() {
        guard var input = takeInput() else { return interrupt() }
        input.paused = requests.withLock { $0.pauseIfFull(limits.pendingRequests) }
        if !input.paused { use(UnsafeRawBufferPointer(start: nil, count: 0), &input) }
        let goOn = !input.paused && !input.ended
        putBack(&input)
        if goOn { setReading(true) }
    }

    /// A handler of this connection runs the loop further up the stack: reading goes on after it.
    private func interrupt() {
        let busy = input.withLock { input in
            input.interrupted = input.busy
            return input.busy
        }
        if busy { setReading(false) }
    }

    private func takeInput() -> Input? {
        input.withLock { input in
            guard !input.busy, !input.ended else { return nil }
            defer { input = Input(busy: true) }
            return input
        }
    }

    private func putBack(_ input: inout Input) {
        let returned = input
        input = Input()
        let interrupted = self.input.withLock { state in
            defer { state = returned }
            return state.interrupted
        }
        if interrupted { loop.execute { self.resumeReading() } }
    }

    /// The peer sends no more, but it may still read: answers go out before the connection ends.
    private func endOfInput(_ input: inout Input) {
        input.ended = true
        input.descriptors = []
        putBack(&input)
        finish(reason: peerClosed)
    }

    private var peerClosed: String {
        ending.withLock { $0.complaint.map { "the peer says: \($0)" } } ?? "the peer closed the connection"
    }

    // MARK: Lines

    /// Handles the whole lines among what was held and what has come, and holds the rest.
    private func use(_ bytes: UnsafeRawBufferPointer, _ input: inout Input) {
        var held = input.held
        input.held = []
        if held.isEmpty {
            let used = handleLines(in: bytes, &input)
            held += bytes[used...]
        } else {
            held += bytes
            let used = held.withUnsafeBytes { handleLines(in: $0, &input) }
            if used > 0 { held = Array(held[used...]) }
        }
        hold(held, &input)
    }

    private func hold(_ rest: [UInt8], _ input: inout Input) {
        guard !isClosed else { return }
        input.held = rest
        guard !input.paused else { return }
        input.scanned = rest.count
        if rest.count > limits.messageBytes { return refuse(tooLong) }
        // Descriptors belong to the line whose first byte they came with: without a line they are surplus.
        if rest.isEmpty { input.descriptors = [] }
        if input.descriptors.count > Limits.descriptors {
            refuse(.limitExceeded("more than \(Limits.descriptors) descriptors beside one message"))
        }
    }

    /// - Returns: how many bytes were used.
    private func handleLines(in bytes: UnsafeRawBufferPointer, _ input: inout Input) -> Int {
        var start = 0
        var end = bytes.firstNewline(from: input.scanned)
        input.scanned = 0
        var corked = false
        var severalLines = false
        while let newline = end, !isClosed, !input.paused {
            guard newline - start <= limits.messageBytes else {
                refuse(tooLong)
                break
            }
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<newline])
            start = newline + 1
            end = bytes.firstNewline(from: start)
            // Answers of lines that came together leave together, with that of the last one.
            if corked != (end != nil) {
                corked = end != nil
                severalLines = true
                setCorked(corked)
            }
            handleLine(line, &input)
        }
        if severalLines { uncork() }
        return start
    }

    private var tooLong: RPCError { .limitExceeded("a message has more than \(limits.messageBytes) bytes") }
}

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
        var ended = false
    }

    private static let readSize = 64 << 10

    /// Whether a line of this connection is being handled on this thread.
    var isHandlingInput: Bool { loop.isCurrent && input.withLock { $0.busy } }

    // MARK: Reading

    /// Reads once and handles the lines that are whole.
    func readAvailable(afterFailure failure: String? = nil) {
        guard let socket = output.withLock({ $0.socket }) else { return }
        guard var input = takeInput() else { return }
        if input.paused, failure == nil { return pausedHangUp(&input) }
        withUnsafeTemporaryAllocation(byteCount: Self.readSize, alignment: 16) { area in
            do throws(SystemError) {
                while let count = try UnixSocket.receive(socket.raw, into: area, descriptors: &input.descriptors) {
                    guard count > 0 else { return endOfInput(&input) }
                    use(UnsafeRawBufferPointer(rebasing: area[..<count]), &input)
                    // After a failure everything that is there is read, since no event will tell of it again.
                    guard failure != nil, !isClosed, !input.paused else { break }
                }
                putBack(&input)
                if let failure { close(reason: failure) }
            } catch {
                putBack(&input)
                close(reason: error.errno == .connectionReset ? "the peer closed the connection" : "\(error)")
            }
        }
    }

    /// Goes on with the lines that were held back while too many requests were pending.
    func resumeReading() {
        guard var input = takeInput() else { return }
        input.paused = false
        use(UnsafeRawBufferPointer(start: nil, count: 0), &input)
        let (paused, ended) = (input.paused, input.ended)
        putBack(&input)
        if !paused, !ended { setReading(true) }
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
        self.input.withLock { $0 = returned }
        input = Input()
    }

    /// While paused, only a hang-up of the peer is reported.
    private func pausedHangUp(_ input: inout Input) {
        putBack(&input)
        close(reason: "the peer closed the connection")
    }

    /// The peer sends no more, but it may still read: answers go out before the connection ends.
    private func endOfInput(_ input: inout Input) {
        input.ended = true
        input.descriptors = []
        putBack(&input)
        finish(reason: "the peer closed the connection")
    }

    // MARK: Lines

    /// Handles the whole lines among what was held and what has come, and holds the rest.
    private func use(_ bytes: UnsafeRawBufferPointer, _ input: inout Input) {
        guard !input.held.isEmpty else {
            let used = handleLines(in: bytes, &input)
            return hold(bytes, from: used, &input)
        }
        var held = input.held
        input.held = []
        held += bytes
        held.withUnsafeBytes { whole in
            let used = handleLines(in: whole, &input)
            hold(whole, from: used, &input)
        }
    }

    private func hold(_ bytes: UnsafeRawBufferPointer, from used: Int, _ input: inout Input) {
        guard !isClosed else { return }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
        input.held = Array(rest)
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
        while let newline = end, !isClosed, !input.paused {
            guard newline - start <= limits.messageBytes else {
                refuse(tooLong)
                break
            }
            let line = UnsafeRawBufferPointer(rebasing: bytes[start..<newline])
            start = newline + 1
            end = bytes.firstNewline(from: start)
            // Answers of lines that came together leave together; the last one's leaves from its handler.
            if corked != (end != nil) {
                corked = end != nil
                setCorked(corked)
            }
            handleLine(line, &input)
        }
        if corked { setCorked(false) }
        return start
    }

    private var tooLong: RPCError { .limitExceeded("a message has more than \(limits.messageBytes) bytes") }
}

import JSON
import LinuxSystem
import Synchronization

extension Connection {
    /// The sending half, and what the loop is asked to watch.
    struct Output {
        /// nil after the end.
        var socket: SharedDescriptor?
        var watch: Watch?
        var interest: Events = [.readable]
        var reading = true
        var queue = OutputQueue()
        /// A thread is sending, without the lock; it takes along what is queued meanwhile.
        var flushing = false
        /// Bytes that this thread has taken off the queue.
        var inFlight = 0
        /// While several lines of one read are handled, their answers are kept together.
        var corked = false
        /// Why to close, once everything is answered and sent.
        var finishing: String?
        var droppedNotifications = 0
        /// Those who wait until everything is sent.
        var drainWaiters: [CheckedContinuation<Void, Never>] = []

        init(socket: SharedDescriptor) { self.socket = socket }

        var isEmpty: Bool { queue.isEmpty && !flushing }

        /// The right to send what waits, unless another thread has it or the loop waits for room.
        mutating func beginFlushing() -> Bool {
            guard socket != nil, !queue.isEmpty, !flushing, !corked else { return false }
            flushing = true
            return true
        }

        mutating func takeDrainWaiters() -> [CheckedContinuation<Void, Never>] {
            defer { drainWaiters = [] }
            return drainWaiters
        }

        mutating func end() {
            socket = nil
            watch = nil
            queue.removeAll()
        }
    }

    enum SendOutcome {
        case accepted, full, closed
    }

    // MARK: Messages

    /// Sends a notification.
    ///
    /// - Returns: false when it was dropped, because the peer does not keep up or the connection has ended.
    @discardableResult
    public func notify<N: Notification>(_ notification: N, descriptors: [SharedDescriptor] = []) -> Bool {
        guard let params = try? JSON(encoding: notification) else { return false }
        return notify(method: N.name, params: params, descriptors: descriptors)
    }

    /// Sends a notification.
    ///
    /// - Returns: false when it was dropped, because the peer does not keep up or the connection has ended.
    @discardableResult
    public func notify(method: String, params: JSON, descriptors: [SharedDescriptor] = []) -> Bool {
        let line = Line.notification(method: method, params: params, descriptors: descriptors)
        guard line.bytes.count <= limits.messageBytes, descriptors.count <= Limits.descriptors else { return false }
        switch send(line) {
        case .accepted: return true
        case .closed: return false
        case .full:
            output.withLock { $0.droppedNotifications += 1 }
            return false
        }
    }

    /// Returns when everything is sent or the connection has ended: for who would rather wait for a slow peer than have
    /// a notification dropped.
    public func drained() async {
        await withCheckedContinuation { continuation in
            let waits = output.withLock { output in
                guard output.socket != nil, !output.isEmpty else { return false }
                output.drainWaiters.append(continuation)
                return true
            }
            if !waits { continuation.resume() }
        }
    }

    func sendAnswer(_ line: Line) {
        if send(line) == .full { close(reason: "the peer does not read its answers") }
    }

    // MARK: The queue

    /// Sends at once what the socket takes, on the calling thread, and leaves the rest to the loop.
    func send(_ line: Line) -> SendOutcome {
        let (outcome, flushes) = output.withLock { output in
            let outcome = append(line, to: &output)
            let waits = outcome != .accepted || output.interest.contains(.writable)
            return (outcome, !waits && output.beginFlushing())
        }
        if outcome == .accepted { trace(line) }
        if flushes { drain() }
        return outcome
    }

    func enqueue(_ line: Line) {
        let outcome = output.withLock { append(line, to: &$0) }
        if outcome == .accepted { trace(line) }
    }

    /// Sends what waits.
    func flush() {
        if output.withLock({ $0.beginFlushing() }) { drain() }
    }

    /// Keeps messages together, or lets the next one take along those that were kept.
    func setCorked(_ corked: Bool) { output.withLock { $0.corked = corked } }

    /// Lets go what was kept and nobody took along.
    func uncork() {
        let flushes = output.withLock { output in
            output.corked = false
            return output.beginFlushing()
        }
        if flushes { drain() }
    }

    /// Starts or stops reading.
    func setReading(_ reading: Bool) {
        output.withLock { output in
            output.reading = reading && output.finishing == nil
            updateInterest(&output)
        }
    }

    func updateInterest(_ output: inout Output) {
        var interest: Events = output.reading ? [.readable] : []
        if !output.queue.isEmpty, !output.flushing, !output.corked { interest.insert(.writable) }
        guard let watch = output.watch, interest != output.interest else { return }
        output.interest = interest
        // It fails only for want of kernel memory; the deadlines of the calls then tell.
        try? loop.modify(watch, interest)
    }

    private func append(_ line: Line, to output: inout Output) -> SendOutcome {
        guard output.socket != nil else { return .closed }
        // What is empty takes any message: the limit is about a peer that does not read.
        let waiting = output.queue.count + output.inFlight
        guard waiting == 0 || waiting + line.bytes.count < limits.outgoingBytes else { return .full }
        output.queue.append(line)
        return .accepted
    }

    /// Sends until nothing is left or the socket is full. The lock is not held meanwhile: threads that answer at the
    /// same time append and go on, and their answers leave together.
    private func drain() {
        var batch = OutputQueue()
        while let socket = nextBatch(&batch) {
            do throws(SystemError) {
                _ = try batch.flush(to: socket.raw)
            } catch {
                batch.removeAll()
                output.withLock { $0.queue.removeAll() }
                sendingFailed(error)
            }
        }
        closeIfFinished()
    }

    /// Puts back what the socket did not take, and ends flushing; or takes what waits.
    private func nextBatch(_ batch: inout OutputQueue) -> SharedDescriptor? {
        output.withLock { output in
            output.inFlight = 0
            let isFull = !batch.isEmpty
            if isFull { batch.append(contentsOf: output.queue) }
            // The emptied batch goes back too: its storage serves the next messages.
            if isFull || output.queue.isEmpty { swap(&batch, &output.queue) }
            guard !isFull, !output.queue.isEmpty, !output.corked, let socket = output.socket else {
                if output.socket == nil { output.queue.removeAll() }
                output.flushing = false
                updateInterest(&output)
                return nil
            }
            swap(&batch, &output.queue)
            output.inFlight = batch.count
            return socket
        }
    }

    /// The peer has gone. What it said last may still be unread, so the reader ends the connection.
    private func sendingFailed(_ error: SystemError) {
        loop.execute { [weak self] in self?.readAvailable(afterFailure: "\(error)") }
    }

    func trace(_ line: Line) {
        guard let tap else { return }
        line.bytes.withUnsafeBytes { tap(.sent, $0) }
    }
}

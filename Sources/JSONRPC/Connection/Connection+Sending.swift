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
        /// While several lines of one read are handled, their answers are kept together.
        var corked = false
        /// Why to close, once everything is answered and sent.
        var finishing: String?
        var droppedNotifications = 0

        init(socket: SharedDescriptor) { self.socket = socket }

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

    func sendAnswer(_ line: Line) {
        if send(line) == .full { close(reason: "the peer does not read its answers") }
    }

    // MARK: The queue

    /// Sends at once what the socket takes, on the calling thread, and leaves the rest to the loop.
    func send(_ line: Line) -> SendOutcome {
        let (outcome, failure) = output.withLock { output -> (SendOutcome, SystemError?) in
            let outcome = append(line, to: &output)
            guard outcome == .accepted, !output.corked, !output.interest.contains(.writable) else {
                return (outcome, nil)
            }
            return (outcome, flush(&output))
        }
        if outcome == .accepted { trace(line) }
        if let failure { sendingFailed(failure) }
        return outcome
    }

    func enqueue(_ line: Line) {
        let outcome = output.withLock { append(line, to: &$0) }
        if outcome == .accepted { trace(line) }
    }

    /// Sends what waits.
    func flush() {
        let failure = output.withLock { flush(&$0) }
        if let failure { return sendingFailed(failure) }
        closeIfFinished()
    }

    /// Keeps messages together, or lets the next one take along those that were kept.
    func setCorked(_ corked: Bool) { output.withLock { $0.corked = corked } }

    /// Lets go what was kept and nobody took along.
    func uncork() {
        let failure = output.withLock { output -> SystemError? in
            output.corked = false
            return output.queue.isEmpty ? nil : flush(&output)
        }
        if let failure { sendingFailed(failure) }
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
        if !output.queue.isEmpty, !output.corked { interest.insert(.writable) }
        guard let watch = output.watch, interest != output.interest else { return }
        output.interest = interest
        // It fails only for want of kernel memory; the deadlines of the calls then tell.
        try? loop.modify(watch, interest)
    }

    private func append(_ line: Line, to output: inout Output) -> SendOutcome {
        guard output.socket != nil else { return .closed }
        // What is empty takes any message: the limit is about a peer that does not read.
        guard output.queue.isEmpty || output.queue.count + line.bytes.count < limits.outgoingBytes else { return .full }
        output.queue.append(line)
        return .accepted
    }

    private func flush(_ output: inout Output) -> SystemError? {
        guard let socket = output.socket else { return nil }
        do {
            _ = try output.queue.flush(to: socket.raw)
        } catch {
            output.queue.removeAll()
            return error
        }
        updateInterest(&output)
        return nil
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

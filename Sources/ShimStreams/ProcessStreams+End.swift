import LinuxSystem

extension ProcessStreams {
    /// Somebody who waits for the log driver.
    struct Waiter {
        enum Condition { case handedOver, stored, unread, silent }
        var number: Int
        var condition: Condition
        var timer: LoopTimer?
        var completion: () -> Void
    }

    /// The process has ended: reads what is left, then calls `completion`.
    ///
    /// - Parameter limit: how long somebody else may keep the outputs open; what is written later goes nowhere.
    public func finish(within limit: Duration, _ completion: @escaping () -> Void) {
        guard !hasEnded, drained == nil else { return completion() }
        ring.liftLimit()
        sink?.close()
        let timer = loop.schedule(after: limit) { [weak self] in self?.endReached() }
        drained = { [loop] in
            loop.cancel(timer)
            completion()
        }
        do { try start() } catch { report("the outputs cannot be read: \(error)") }
        for source in sources { source.readable = true }
        pump()
    }

    private func endReached() {
        guard let completion = drained else { return }
        if sources.contains(where: { !$0.hasEnded }) {
            report("the outputs are held open after the process's end")
        }
        drained = nil
        hasEnded = true
        if log != nil { commitEnd() }
        completion()
        pump()
    }

    /// Looks whether the outputs have ended, and who has waited for that or for the driver.
    func checkEnd() {
        if drained != nil, sources.allSatisfy(\.hasEnded) { return endReached() }
        if hasEnded { for client in clients where client.isDone(ring) { client.close() } }
        clients.removeAll { $0.isClosed }
        let due = waiters.filter { holds($0.condition) }
        waiters.removeAll { holds($0.condition) }
        for waiter in due {
            if let timer = waiter.timer { loop.cancel(timer) }
            waiter.completion()
        }
    }

    private func commitEnd() {
        do { try ring.commitEnd(time: Host.now) } catch { report("the log's end cannot be written: \(error)") }
        log?.flush(ring)
    }

    private func holds(_ condition: Waiter.Condition) -> Bool {
        switch condition {
        case .unread: clients.isEmpty
        case .silent: clients.isEmpty && sources.allSatisfy(\.hasEnded)
        case .handedOver: hasNoDriver || log?.hasHandedOver(ring) ?? true
        case .stored: hasNoDriver || log?.isStored(ring) ?? true
        }
    }

    /// The log driver is away, and may be; or there was nothing for it to store.
    private var hasNoDriver: Bool { log?.isConnected == false && (options.optionalLog || ring.sequence == 0) }

    /// After `finish` has completed: calls back when the driver has been given everything, or after `limit`.
    public func whenHandedOver(within limit: Duration, _ completion: @escaping () -> Void) {
        wait(.handedOver, limit, completion)
    }

    /// After `finish` has completed: calls back when the driver has stored everything, or after `limit`.
    public func whenStored(within limit: Duration, _ completion: @escaping () -> Void) {
        wait(.stored, limit, completion)
    }

    /// After `finish` has completed: calls back when every client has read what there was, or left.
    public func whenUnread(_ completion: @escaping () -> Void) { wait(.unread, nil, completion) }

    /// As `whenUnread`, and nobody holds the outputs open any more.
    public func whenSilent(_ completion: @escaping () -> Void) { wait(.silent, nil, completion) }

    private func wait(_ condition: Waiter.Condition, _ limit: Duration?, _ completion: @escaping () -> Void) {
        guard !holds(condition) else { return completion() }
        waiterCount += 1
        let number = waiterCount
        let timer = limit.map { limit in loop.schedule(after: limit) { [weak self] in self?.expire(number) } }
        waiters.append(Waiter(number: number, condition: condition, timer: timer, completion: completion))
    }

    private func expire(_ number: Int) {
        guard let index = waiters.firstIndex(where: { $0.number == number }) else { return }
        waiters.remove(at: index).completion()
    }
}

import LinuxSystem

extension ProcessStreams {
    /// Connects a client: it gets everything that the process writes from now on.
    ///
    /// - Parameter isViewer: when others would have to wait for it for more than a moment, it loses what it has not
    ///   read, and is told so. Otherwise the process waits for it.
    /// - Returns: the client's end of the attach stream.
    public func attach(
        stdin: Bool, stdout: Bool, stderr: Bool, isViewer: Bool = false
    ) throws(SystemError) -> Descriptor {
        var streams: [OutputStream] = []
        if stdout || (options.terminal && stderr) { streams.append(.stdout) }
        if stderr { streams.append(.stderr) }
        let cursor = AttachCursor(at: ring.end, streams: streams, raw: options.terminal)
        let pair = try UnixSocket.pair()
        return try connect(pair, cursor, isViewer, stdin ? sink : nil)
    }

    private func connect(
        _ pair: consuming SocketPair, _ cursor: AttachCursor, _ isViewer: Bool, _ sink: InputSink?
    ) throws(SystemError) -> Descriptor {
        let result: Result<CInt, SystemError> = pair.take { ours, theirs in
            do throws(SystemError) {
                let client = try AttachClient(
                    ours, loop: loop, cursor: cursor, isViewer: isViewer, sink: sink
                ) { [weak self] in
                    self?.pump()
                }
                clients.append(client)
                return .success(theirs.release())
            } catch {
                return .failure(error)
            }
        }
        // Also when the process has ended already: the client then reads end of file at once.
        loop.execute { [weak self] in self?.pump() }
        return Descriptor(owning: try result.get())
    }

    /// Frees what only viewers have not read that keep others waiting for too long: a terminal that is held up, a
    /// window that nobody looks at.
    func skipSlowViewers() {
        let slow = clients.filter { $0.isViewer && $0.position == ring.start }
        let others = clients.compactMap { client in slow.contains { $0 === client } ? nil : client.position }
        let stored = log.map { [$0.cursor.acknowledged] } ?? []
        guard !slow.isEmpty, let next = (others + stored).min(), next > ring.start else { return }
        let now = MonotonicTime.now
        let patience = slow.map { $0.patience(now) }.max() ?? .zero
        guard patience == .zero else { return skipLater(patience) }
        for client in slow { client.skip(ring) }
        ring.discard(before: next)
    }

    /// Nothing else may happen until then: the process waits, and what the others read they have.
    private func skipLater(_ patience: Duration) {
        guard patienceTimer == nil else { return }
        patienceTimer = loop.schedule(after: patience) { [weak self] in
            self?.patienceTimer = nil
            self?.pump()
        }
    }

    /// Ends the process's input, whoever is attached.
    public func closeInput() { sink?.close() }

    /// From here on the end of a client's input is the end of the process's; not for a terminal, which has no end.
    public func endInputWithClient() { sink?.endsWithClient = !options.terminal }

    // MARK: The log

    /// From here on output is kept for a log driver, connected or not.
    public func enableLog() {
        if log == nil { log = LogLink(loop: loop, at: ring.start, report: report) }
    }

    /// Takes a log stream, the first or one in the place of a lost one.
    public func connectLog(_ stream: consuming Descriptor) throws(SystemError) {
        enableLog()
        // A large buffer saves turns between the shim and the driver; a kernel that gives less will do.
        do { try StreamIO.setSendBuffer(stream.raw, bytes: 1 << 20) } catch { report("\(error)") }
        try log?.connect(stream) { [weak self] in self?.pump() }
        pump()
    }
}

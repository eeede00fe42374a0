import BerthAPI
import JSONRPC
import LinuxSystem
import ShimStreams

extension Shim {
    // MARK: State

    func state() -> ShimState.Result {
        var result = ShimState.Result(
            phase: .empty, pid: nil, startedAt: startedAt, exit: nil, execs: execs.runningKeys)
        switch phase {
        case .empty, .creating: result.startedAt = nil
        case .created, .starting: result.phase = .created
        // Until everything has been read and written down, it counts as running.
        case .running, .ending: result.phase = isPaused ? .paused : .running
        case .exited(_, let exit):
            result.phase = .exited
            result.exit = exit
        }
        if result.phase != .exited { result.pid = launched.map { Int($0.pid) } }
        return result
    }

    // MARK: Streams

    func attach(_ request: ShimAttach) throws -> Descriptor {
        let streams = try streams(of: request.exec)
        if let size = request.attach.terminalSize { try resize(size, exec: request.exec) }
        return try streams.attach(request.attach, isViewer: true)
    }

    private func streams(of exec: String?) throws -> ProcessStreams {
        guard let exec else {
            guard let launched else { throw refusal("is not created") }
            return launched.streams
        }
        guard let streams = try execs.find(exec).streams else {
            throw BerthError(.failedPrecondition, "exec \(exec) has ended", object: "exec \(exec)")
        }
        return streams
    }

    func replaceLogStream(_ stream: SharedDescriptor) throws {
        guard StreamIO.isSocket(stream.raw) else {
            throw BerthError(.invalidArgument, "the log stream is not a socket")
        }
        if let launched {
            try launched.streams.connectLog(try stream.duplicate())
        } else {
            logStream = stream
        }
    }

    func resize(_ size: TerminalSize, exec: String?) throws {
        guard (0...0xffff).contains(size.rows), (0...0xffff).contains(size.columns) else {
            throw BerthError(.invalidArgument, "a terminal cannot have \(size.rows) rows and \(size.columns) columns")
        }
        if let exec {
            guard let terminal = try execs.find(exec).terminal else { return }
            return try Terminal.setSize(terminal.raw, size)
        }
        terminalSize = size
        guard let terminal else { return }
        try Terminal.setSize(terminal.raw, size)
    }

    // MARK: Signals

    /// To a process that has ended no signal is sent, and that is no error.
    func kill(_ request: ShimKill, _ context: RequestContext) throws {
        guard (1...64).contains(request.signal) else {
            throw BerthError(.invalidArgument, "there is no signal \(request.signal)")
        }
        let (signal, all) = (CInt(request.signal), request.all ?? false)
        if let exec = request.exec {
            try execs.find(exec).signal(signal)
            return context.respond(Empty())
        }
        switch phase {
        case .empty, .creating: throw refusal("is not created")
        case .ending, .exited: context.respond(Empty())
        case .created(let launched, _), .starting(let launched, _), .running(let launched):
            try control(context, launched, there: { try $0.kill(request.signal, all: all) }) {
                try self.send(signal, to: launched, all: all)
            } then: {
                // A process that stands still in v1's freezer does not die of it.
                if signal == 9 { try self.thaw() }
            }
        }
    }

    func send(_ signal: CInt, to launched: Launched, all: Bool) throws {
        do {
            if all, let cgroup = try launched.settings.cgroup() { return try cgroup.signalAll(signal) }
            try ProcessDescriptor.signal(launched.pidfd.raw, signal)
        } catch {
            guard (error as? SystemError)?.errno == .noProcess else { throw error }
        }
    }

    // MARK: Freezing

    func pause(_ context: RequestContext) throws {
        let launched = try running()
        guard !isPaused else { return context.respond(Empty()) }
        try control(context, launched, there: { try $0.pause() }) {
            try self.cgroup(of: launched).freeze()
        } then: {
            self.isPaused = true
        }
    }

    func resume(_ context: RequestContext) throws {
        guard isPaused, let launched else { return context.respond(Empty()) }
        try control(context, launched, there: { try $0.resume() }) {
            try self.cgroup(of: launched).thaw()
        } then: {
            self.isPaused = false
        }
    }

    /// Lets processes go on that are to die.
    func thaw() throws {
        guard isPaused, let launched else { return }
        try cgroup(of: launched).thaw()
        isPaused = false
    }

    private func cgroup(of launched: Launched) throws -> Cgroup {
        guard let cgroup = try launched.settings.cgroup() else { throw refusal("has no control group") }
        return cgroup
    }

    /// Does something that may take its time in a copy of this process, while the loop goes on. What it warns of is
    /// reported.
    ///
    /// - Parameter then: called on the loop, with what went wrong.
    func inCopy(
        _ body: @escaping (LauncherProcess) throws -> Void, then: @escaping (BerthError?) -> Void
    ) throws {
        var launcher: Launcher?
        launcher = try Launcher(loop, keeping: [], body: body) { [self] message in
            switch message {
            case .done: then(nil)
            case .failed(let error): then(error)
            case .warning(let text): return report(text)
            case .pid, .terminal: return
            }
            withExtendedLifetime(launcher) { launcher = nil }
        }
    }
}

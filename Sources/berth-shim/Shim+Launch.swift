import BerthAPI
import ContainerRuntime
import JSONRPC
import LinuxSystem
import ShimStreams

/// A launch that is under way, and who waits for it.
final class Launch {
    let streams: ProcessStreams
    let settings: ShimSettings
    var launcher: Launcher?
    /// Answers to `shim.create`, then to `shim.start`.
    var waiters: [RequestContext] = []

    init(_ streams: ProcessStreams, _ settings: ShimSettings) {
        self.streams = streams
        self.settings = settings
    }
}

extension Shim {
    // MARK: Creating

    func create(_ context: RequestContext) throws {
        subscribe(context.connection)
        switch phase {
        case .empty: try beginCreating(context)
        case .creating(let launch): launch.waiters.append(context)
        case .created, .starting, .running, .ending, .exited:
            context.respond(ShimCreate.Result(pid: launched.map { Int($0.pid) } ?? 0))
        }
    }

    private func beginCreating(_ context: RequestContext) throws {
        guard !isDeleting else { throw refusal("is being deleted") }
        let settings = try bundle.readSettings()
        let launch = Launch(makeStreams(settings), settings)
        let pipes = settings.terminal ? nil : try launch.streams.connectPipes(input: settings.input != .closed)
        if let logStream {
            try launch.streams.connectLog(try logStream.duplicate())
            self.logStream = nil
        }
        let (id, bundle) = (id, bundle)
        let runtime = foreignRuntime(settings)
        launch.launcher = try Launcher(loop, keeping: pipes?.all ?? []) { process in
            if let runtime { return try process.launch(runtime, bundle, settings, pipes) }
            try process.launch(id, bundle, settings, pipes)
        } onMessage: { [weak self] message in
            self?.heard(message, of: launch)
        }
        launch.waiters = [context]
        phase = .creating(launch)
    }

    private func makeStreams(_ settings: ShimSettings) -> ProcessStreams {
        var options = ProcessStreams.Options()
        options.terminal = settings.terminal
        options.stdinOnce = settings.input == .once
        options.nonBlockingLog = settings.nonBlockingLog
        options.optionalLog = settings.optionalLog
        return ProcessStreams(options, hasInput: settings.input != .closed, loop: loop) { Self.report($0) }
    }

    private func heard(_ message: LauncherMessage, of launch: Launch) {
        do {
            switch message {
            case .pid(let pid): try created(pid, launch)
            case .warning(let text): warnings.append(text)
            case .terminal(let master):
                terminal = master
                try launch.streams.connectTerminal(master)
            case .done: started(launch)
            case .failed(let error): failed(launch, error)
            }
        } catch {
            launch.launcher?.cancel()
            failed(launch, BerthError(.internal, "\(error)"))
        }
    }

    private func created(_ pid: CInt, _ launch: Launch) throws {
        let launched = Launched(
            pid: pid, pidfd: try ProcessDescriptor.open(pid).shared(), streams: launch.streams,
            settings: launch.settings)
        phase = .created(launched, launch)
        for waiter in launch.waiters { waiter.respond(ShimCreate.Result(pid: Int(pid))) }
        launch.waiters = []
        if isDeleting { killAll(launched, launch) }
    }

    // MARK: Starting

    func start(_ request: ShimStart, _ context: RequestContext) throws {
        switch phase {
        case .running: context.respond(startResult)
        case .starting(_, let launch): launch.waiters.append(context)
        case .created(let launched, let launch):
            guard !isDeleting else { throw refusal("is being deleted") }
            if let attach = request.attach {
                // docker's StdinOnce: who starts a container with its input attached gives all of it.
                if attach.stdin { launched.streams.endInputWithClient() }
                context.send(try launched.streams.attach(attach))
            }
            launch.waiters = [context]
            phase = .starting(launched, launch)
            launch.launcher?.start(request.attach?.terminalSize ?? terminalSize)
        case .empty, .creating, .ending, .exited: throw refusal("is not created, or has ended")
        }
    }

    private var startResult: ShimStart.Result {
        .init(startedAt: startedAt ?? .zero, warnings: warnings)
    }

    private func started(_ launch: Launch) {
        guard case .starting(let launched, _) = phase else { return }
        startedAt = Timestamp(nanoseconds: Host.now)
        phase = .running(launched)
        launch.launcher = nil
        for waiter in launch.waiters { waiter.respond(startResult) }
        launch.waiters = []
        do {
            try launched.streams.start()
        } catch {
            report("the outputs cannot be read: \(error)")
        }
        if isDeleting { killAll(launched, nil) }
        // After the answer is on its way.
        loop.execute { [weak self] in
            if let self, case .running(let launched) = phase { watchMemory(launched.settings) }
            trimMemory()
        }
    }

    /// The runtime has taken the process and the cgroup away: as before `create`.
    private func failed(_ launch: Launch, _ error: BerthError) {
        phase = .empty
        launch.launcher = nil
        report("the launch failed: \(error.message)")
        removeCgroup(launch.settings)
        launch.streams.finish(within: .zero) {}
        for waiter in launch.waiters { waiter.fail(error.rpcError) }
        launch.waiters = []
        continueDeletion()
    }

    /// The runtime removes it with what it made; it is only still there when the launcher was killed.
    private func removeCgroup(_ settings: ShimSettings) {
        do {
            try settings.cgroup()?.remove()
        } catch {
            report("the cgroup is left: \(error)")
        }
    }
}

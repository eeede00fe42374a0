import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Logging

/// One plugin under its logical name: started when it is needed, watched, restarted, and called.
actor PluginInstance {
    /// Where it is in its life, with what belongs to that.
    private enum Phase {
        case idle
        case starting(Task<PluginProcess, any Error>)
        case running(PluginProcess)
        case backoff(until: MonotonicTime)
        case stopped
    }

    nonisolated let name: String
    nonisolated let package: PluginPackage
    nonisolated let statistics = CallStatistics()
    private let environment: InstanceEnvironment
    private let configuration: JSON
    private let socket: PluginSocket
    private let logger: Logger
    private var phase = Phase.idle
    private var policy = RestartPolicy()
    private var restarts = 0
    private var startedAt: Timestamp?
    private var lastError: String?

    init(name: String, package: PluginPackage, configuration: JSON, environment: InstanceEnvironment) throws {
        self.name = name
        self.package = package
        self.configuration = configuration
        self.environment = environment
        socket = try PluginSocket(path: environment.socketPath(of: name))
        var logger = environment.logger
        logger[metadataKey: "plugin"] = "\(name)"
        self.logger = logger
    }

    // MARK: Calls

    /// A process that has shaken hands, started when need be.
    ///
    /// - Throws: `unavailable` when there is none before the deadline, or at once while the breaker is open and the
    ///   plugin's failure policy is `fail`.
    func process(before deadline: MonotonicTime) async throws -> PluginProcess {
        while true {
            switch phase {
            case .running(let process): return process
            case .starting(let task): _ = try? await task.value
            case .idle: _ = try? await begin().value
            case .stopped: throw unavailable("is stopped")
            case .backoff(let until):
                if policy.isOpen, package.manifest.failurePolicy == .fail { throw unavailable("is degraded") }
                guard until < deadline else { throw unavailable("is being restarted") }
                try await Task.sleep(for: max(.zero, until - .now))
                if case .backoff = phase { _ = try? await begin().value }
            }
        }
    }

    private func unavailable(_ what: String) -> BerthError {
        let reason = lastError.map { ": \($0)" } ?? ""
        return BerthError(.unavailable, "plugin \(name) \(what)\(reason)", plugin: name)
    }

    // MARK: Life

    private func begin() -> Task<PluginProcess, any Error> {
        let task = Task { try await self.start() }
        phase = .starting(task)
        return task
    }

    private func start() async throws -> PluginProcess {
        var started: PluginProcess?
        do {
            try environment.endLeftover(of: name)
            let process = try PluginProcess(
                package: package, instance: name, socket: socket, loop: environment.loop, logger: logger)
            started = process
            environment.record(process.pid, of: name)
            try await process.initialize(try handshake(), expecting: package.manifest.kinds)
            // Before anybody else is served: what is made from now on is not in what it is told.
            await environment.reconcile(PluginSession(name: name, process: process), package.manifest.kinds)
            // Told to stop meanwhile: whoever said so waits for this start, and ends the process.
            if case .stopped = phase { return process }
            phase = .running(process)
            startedAt = Timestamp(nanoseconds: Host.now)
            logger.info("started", metadata: ["pid": "\(process.pid)"])
            watch(process)
            environment.onReady(name, package.manifest.kinds)
            return process
        } catch {
            let reason = "\(error)"
            started?.kill(because: reason)
            failedToStart(reason)
            throw unavailable("could not be started")
        }
    }

    private func handshake() throws -> PluginInitialize {
        let (state, run) = try environment.directories(of: name)
        return PluginInitialize(
            instance: name, supervisor: environment.identity, configuration: configuration, stateDirectory: state,
            runDirectory: run)
    }

    private func failedToStart(_ reason: String) {
        lastError = reason
        logger.error("could not be started: \(reason)")
        waitBeforeRestart(after: .zero)
    }

    /// A connection was lost. A process that lives on without it is broken: it is replaced.
    func lost(_ process: PluginProcess) async {
        process.kill(because: "closed its connection")
        ended(process, await process.end())
    }

    private func ended(_ process: PluginProcess, _ status: ExitStatus) {
        guard case .running(let current) = phase, current === process else { return }
        lastError = process.reason ?? Self.sentence(for: status)
        logger.error("ended: \(lastError ?? "")")
        restarts += 1
        waitBeforeRestart(after: .now - process.startedAt)
    }

    private func waitBeforeRestart(after ran: Duration) {
        if case .stopped = phase { return }
        let delay = policy.ended(after: ran)
        phase = .backoff(until: .now + delay)
        environment.onChange(name, policy.isOpen ? .degraded : .backoff, lastError)
        // Restarted even when nobody calls: streams have to be opened again, state reconciled.
        guard package.manifest.activation == .eager || restarts > 0 else { return }
        Task {
            try? await Task.sleep(for: delay)
            if case .backoff = phase { _ = try? await begin().value }
        }
    }

    /// Waits for its end, also for one that came before this. Three pings in a row that are not answered replace it.
    private func watch(_ process: PluginProcess) {
        Task { self.ended(process, await process.end()) }
        Task { await self.ping(process, missed: 0) }
    }

    private func ping(_ process: PluginProcess, missed: Int) async {
        var missed = missed
        while missed < 3 {
            try? await Task.sleep(for: .seconds(5))
            guard isRunning(process) else { return }
            let answer = try? await process.connection.call(PluginPing(), timeout: .seconds(2))
            missed = answer == nil ? missed + 1 : 0
        }
        process.kill(because: "did not answer three pings in a row")
    }

    private func isRunning(_ process: PluginProcess) -> Bool {
        if case .running(let current) = phase { return current === process }
        return false
    }

    /// Ends the process for good: asked first, killed after the grace period. Returns when it has been reaped.
    func stop(grace: Duration) async {
        let previous = phase
        phase = .stopped
        let process: PluginProcess? =
            switch previous {
            case .running(let process): process
            case .starting(let task): try? await task.value
            case .idle, .backoff, .stopped: nil
            }
        guard let process else { return }
        await process.shutdown(grace: grace)
        process.kill(because: "shut down")
        _ = await process.end()
        environment.forget(name)
    }

    private static func sentence(for status: ExitStatus) -> String {
        switch status {
        case .exited(let code): "exited with status \(code)"
        case .signaled(let signal, let dumped): "was killed by signal \(signal)\(dumped ? ", core dumped" : "")"
        }
    }

    // MARK: Reporting

    func info(withManifest: Bool) -> PluginInfo {
        var info = PluginInfo(
            name: name, version: package.manifest.version, kinds: package.manifest.kinds.map(\.rawValue),
            executable: package.executable, socket: socket.path)
        info.restarts = restarts
        info.lastError = lastError
        (info.calls, info.failures) = statistics.values
        info.manifest = withManifest ? package.manifest : nil
        switch phase {
        case .idle: info.state = .idle
        case .starting: info.state = .starting
        case .backoff: info.state = policy.isOpen ? .degraded : .backoff
        case .stopped: info.state = .stopped
        case .running(let process):
            info.state = policy.isOpen ? .degraded : .running
            info.pid = Int(process.pid)
            info.version = process.version ?? info.version
            info.startedAt = startedAt
        }
        return info
    }
}

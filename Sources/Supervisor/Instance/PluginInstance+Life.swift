import BerthAPI
import Confinement
import JSON
import JSONRPC
import LinuxSystem
import Logging

// Starting, watching, restarting.

extension PluginInstance {
    /// Starts a process; the phase tells how that went.
    func begin() {
        phase = .starting
        starter = Task { await start() }
    }

    private func start() async {
        var started: PluginProcess?
        do {
            try environment.endLeftover(of: name)
            let process = try spawn(definition, on: socket)
            started = process
            try await greet(process, definition)
            // Told to stop meanwhile.
            guard case .starting = phase else { return await discard(process, because: "is not wanted any more") }
            adopt(process)
        } catch {
            let reason = await reason(of: error, started)
            guard case .starting = phase else { return }
            lastError = reason
            logger.error("could not be started: \(reason)")
            waitBeforeRestart(after: .zero)
        }
    }

    /// Why a process was not taken: for one that has ended by itself how it ended, which says more than the loss of its
    /// connection. The process is gone when this returns.
    func reason(of error: any Error, _ process: PluginProcess?) async -> String {
        guard let process else { return "\(error)" }
        let isLost = (error as? RPCError)?.code == RPCError.connectionClosedCode
        if !isLost { process.kill(because: "\(error)") }
        let ended = await process.end(within: .seconds(1), loop: environment.loop)
        if ended == nil { process.kill(because: "closed its connection") }
        let status = await process.end()
        if process.isViolator, let reason = process.reason { return "it \(reason)" }
        guard isLost, ended != nil else { return "\(error)" }
        let lastWords = output.last(1).first.map { ": \($0.text.prefix(200))" } ?? ""
        return "it \(Self.sentence(for: status))\(lastWords)"
    }

    private func discard(_ process: PluginProcess, because reason: String) async {
        process.kill(because: reason)
        _ = await process.end()
    }

    /// Goes on with a process that the daemon's last program left; one that does not answer is replaced.
    func inherit(_ handover: PluginHandover, output end: SharedDescriptor) async {
        guard case .idle = phase else { return }
        phase = .starting
        do {
            let cell = try handover.cell.map { try PluginCell(inheriting: $0) { [logger] in logger.warning("\($0)") } }
            let process = try PluginProcess(
                inheriting: handover, output: end, socket: socket, cell: cell, loop: environment.loop, logger: logger,
                output: output, tap: wire.tap, faults: environment.testMode ? faults : nil,
                onViolation: onViolation)
            do {
                try await greet(process, definition)
                adopt(process)
            } catch {
                await discard(process, because: "\(error)")
                throw error
            }
        } catch {
            logger.warning("the process of the last daemon is not taken over: \(error)")
            phase = .idle
        }
    }

    /// - Parameter directories: what it may write; the instance's own unless given.
    func spawn(
        _ definition: PluginDefinition, on socket: PluginSocket, _ directories: PluginDirectories? = nil
    ) throws -> PluginProcess {
        try definition.package.checkUnchanged()
        let directories = try directories ?? environment.directories(of: name)
        let cell = try environment.confiner?.cell(for: definition.confined(name, directories))
        return try PluginProcess(
            package: definition.package, instance: name, socket: socket, cell: cell, loop: environment.loop,
            logger: logger, output: output, tap: wire.tap, faults: environment.testMode ? faults : nil,
            onViolation: onViolation)
    }

    private var onViolation: @Sendable (String) -> Void {
        { [environment, name] tried in environment.onOperation(name, "violation", ["tried": tried]) }
    }

    /// The handshake on the instance's own state, which from then on is this process's. It is told what should exist
    /// before anybody else is served: what is made from then on is not in what it is told.
    func greet(_ process: PluginProcess, _ definition: PluginDefinition) async throws {
        environment.record(process.pid, of: name)
        try definition.check(stateVersion: environment.stateVersion(name))
        let (state, run) = try environment.directories(of: name)
        let request = PluginInitialize(
            instance: name, supervisor: environment.identity, configuration: definition.configuration,
            stateDirectory: state, runDirectory: run)
        let answer = try await process.initialize(request, expecting: definition.manifest)
        environment.noteStateVersion(name, answer.stateVersion)
        await environment.reconcile(PluginSession(name: name, process: process), definition.manifest.kinds)
    }

    /// From here on calls go to this process.
    func adopt(_ process: PluginProcess) {
        startedAt = Timestamp(nanoseconds: Host.now)
        phase = .running(process)
        logger.info("started", metadata: ["pid": "\(process.pid)"])
        watch(process)
        environment.onReady(name, definition.manifest.kinds)
    }

    // MARK: Its end

    /// A connection was lost. A process that lives on without it is broken: it is replaced.
    func lost(_ process: PluginProcess) async {
        if await process.end(within: .milliseconds(100), loop: environment.loop) == nil {
            process.kill(because: "lost its connection: \(process.connection.endReason)")
        }
        ended(process, await process.end())
    }

    private func ended(_ process: PluginProcess, _ status: ExitStatus) {
        switch phase {
        case .running(let current) where current === process, .drained(let current) where current === process: break
        default: return
        }
        lastError = process.reason ?? Self.sentence(for: status)
        logger.error("ended: \(lastError ?? "")")
        restarts += 1
        waitBeforeRestart(after: .now - process.startedAt)
    }

    func waitBeforeRestart(after ran: Duration) {
        let delay = policy.ended(after: ran)
        let until = MonotonicTime.now + delay
        phase = .backoff(until: until)
        environment.onChange(name, policy.isOpen ? .degraded : .backoff, lastError)
        // Restarted even when nobody calls: streams have to be opened again, state reconciled.
        guard definition.manifest.activation == .eager || restarts > 0 else { return }
        environment.loop.schedule(at: until) { [weak self] in
            Task { [weak self] in await self?.restartIfDue() }
        }
    }

    private func restartIfDue() {
        if case .backoff(let until) = phase, .now >= until { begin() }
    }

    static func sentence(for status: ExitStatus) -> String {
        switch status {
        case .exited(let code): "exited with status \(code)"
        case .signaled(let signal, let dumped): "was killed by signal \(signal)\(dumped ? ", core dumped" : "")"
        }
    }

    // MARK: Pings

    /// Waits for its end, also for one that came before this. Three pings in a row that are not answered replace it.
    private func watch(_ process: PluginProcess) {
        Task {
            let status = await process.end()
            process.heartbeat.end()
            self.ended(process, status)
        }
        Task {
            var (missed, isIdle) = (0, true)
            while missed < 3 {
                // Three misses take less than a call's usual deadline: what hung with the process is repeated in time.
                if missed == 0 { await process.heartbeat.next(isIdle: isIdle) }
                guard isRunning(process) else { return }
                process.checkLimits()
                let answer = try? await process.connection.call(PluginPing(), timeout: .seconds(2))
                missed = answer == nil ? missed + 1 : 0
                isIdle = answer?.idle ?? false
            }
            process.kill(because: "did not answer three pings in a row")
        }
    }
}

import BerthAPI
import JSONRPC
import LinuxSystem
import Logging
import Supervisor

// What a daemon does with the containers of the one before it: Docs/survival.md.

extension Container {
    /// Brings a container from wherever it was left to a state where nothing is under way.
    func recover() async {
        if await adopt() { await finishRecovery() }
    }

    /// Finds out from its shim whether a container runs on. Asks no plugin, so that nobody waits for one who only wants
    /// to know.
    ///
    /// - Returns: whether something is under way still, which `finishRecovery` ends. Where nothing is, clients go on with
    ///   the container at once.
    func adopt() async -> Bool {
        switch record.phase {
        case .created, .exited:
            ready.fulfil(())
            return false
        case .running, .stopping: break
        case .creating, .starting, .removing, .restarting: return true
        }
        guard let state = await connect() else {
            await noteLoss()
            return true
        }
        services.reapShim(of: id)
        guard record.phase == .running else { return true }
        await takeUp(state)
        if let exit = state.exit {
            await noteExit(exit)
            return true
        }
        watchHealth()
        ready.fulfil(())
        if record.restartPending == true {
            Task { try? await stop(grace: nil, signal: nil, pending: true) }
        } else {
            Task { await endUnhealthy() }
        }
        return false
    }

    /// Finishes or undoes what was under way.
    func finishRecovery() async {
        defer { ready.fulfil(()) }
        do {
            switch record.phase {
            case .created, .exited, .running: break
            case .restarting: scheduleRestart(after: backoff.delay(afterRunOf: .zero))
            case .creating: try await beginRemoval(volumes: true)
            case .removing: try await finishRemoval()
            case .stopping: await finishExit()
            case .starting: try await recoverStart()
            }
        } catch {
            services.logger.error("container \(id) cannot be recovered: \(error)")
        }
    }

    /// What only the shim knows: whether the processes stand still, and which execs run.
    private func takeUp(_ state: ShimState.Result) async {
        let status: ContainerStatus = state.phase == .paused ? .paused : .running
        if record.status != status || !record.detail.execIDs.isEmpty {
            await settle { record in
                record.detail.state.status = status
                record.detail.execIDs = []
            }
        }
        guard let shim else { return }
        for exec in state.execs where !isProbe(exec) { follow(exec: exec, in: shim) }
    }

    /// The driver gets what the shim still holds of the log, then everything is let go.
    private func finishExit() async {
        do {
            try await reopenLog()
        } catch {
            services.logger.warning("container \(id): its log cannot be opened again: \(error)")
        }
        await finishStopping()
    }

    /// A start that was cut off: if the program runs already the start is finished, else it is taken back.
    private func recoverStart() async throws {
        // One that has not come so far is ended below.
        guard let state = await connect(), [.running, .paused, .exited].contains(state.phase) else {
            return await takeBack()
        }
        services.reapShim(of: id)
        try await update { record in
            record.phase = .running
            record.restartPending = nil
            record.detail.state.startedAt = state.startedAt
            record.detail.state.pid = state.pid
            record.detail.state.health = record.probe.map { _ in HealthState() }
        }
        await takeUp(state)
        if let exit = state.exit {
            await noteExit(exit)
            return await finishExit()
        }
        watchHealth()
        try await reopenLog()
    }

    private func takeBack() async {
        await releaseDrivers()
        let isPending = record.restartPending == true || record.startedByPolicy == true
        await settle { record in
            record.phase = isPending ? .restarting : record.detail.state.startedAt == nil ? .created : .exited
        }
        if isPending { scheduleRestart(after: backoff.delay(afterRunOf: .zero)) }
    }

    /// - Returns: nil when the shim is gone.
    private func connect() async -> ShimState.Result? {
        do {
            let shim = try services.connectShim(of: id) { [weak self] report in
                Task { [weak self] in await self?.shimReported(report) }
            }
            // Before it is asked: it may tell of its end right after the answer.
            self.shim = shim
            return try await shim.call(ShimState(), timeout: .seconds(10)).result
        } catch {
            self.shim = nil
            services.logger.notice("container \(id): its shim does not answer: \(error)")
            return nil
        }
    }

    /// A new log stream between the shim and its driver, after either of daemon and driver was restarted.
    func reopenLog() async throws {
        guard record.phase == .running || record.phase == .stopping, let shim,
            let streams = try LogStream.pair(driver: record.detail.logDriver)
        else { return }
        let detail = record.detail
        let request = LogOpen(
            container: id, containerName: detail.name, image: detail.image, labels: detail.labels,
            options: record.logOptions)
        _ = try await services.plugins.call(request, on: detail.logDriver, descriptors: [streams.driver])
        _ = try await shim.call(ShimLogStream(), descriptors: [streams.shim])
    }
}

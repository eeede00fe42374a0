import BerthAPI
import JSONRPC
import LinuxSystem
import Logging
import Supervisor

// What a daemon does with the containers of the one before it: Docs/run.md, section 6.

extension Container {
    /// Brings a container from wherever the last daemon left it to a state where nothing is under way.
    func recover() async {
        do {
            switch record.phase {
            case .created, .exited: break
            case .creating: try await beginRemoval(volumes: true)
            case .removing: try await finishRemoval()
            case .stopping: await finishStopping()
            case .starting: try await recoverStart()
            case .running: try await adopt()
            }
        } catch {
            services.logger.error("container \(id) cannot be recovered: \(error)")
        }
    }

    /// A start that was cut off: if the program runs already the start is finished, else it is taken back.
    private func recoverStart() async throws {
        if let (shim, state) = await connect() {
            self.shim = shim
            // One that has not come so far is ended below.
            guard state.phase == .running || state.phase == .exited else { return await takeBack() }
            try await update { record in
                record.phase = .running
                record.detail.state.startedAt = state.startedAt
                record.detail.state.pid = state.pid
            }
            return try await resume(state)
        }
        await takeBack()
    }

    private func takeBack() async {
        await releaseDrivers()
        await settle { $0.phase = $0.detail.state.startedAt == nil ? .created : .exited }
    }

    private func adopt() async throws {
        guard let (shim, state) = await connect() else {
            let written = Self.exitRecord(in: services.bundle(of: id))
            let now = Timestamp(nanoseconds: Host.now)
            let exit = written ?? ExitRecord(exitCode: 137, oomKilled: false, exitedAt: now)
            return await ended(exit, error: written == nil ? "the container's shim was lost" : "")
        }
        self.shim = shim
        services.reapShim(of: id)
        try await resume(state)
    }

    private func resume(_ state: ShimState.Result) async throws {
        try await reopenLog()
        if let exit = state.exit { await ended(exit, error: "") }
    }

    /// - Returns: nil when the shim is gone.
    private func connect() async -> (ShimClient, ShimState.Result)? {
        do {
            let shim = try services.connectShim(of: id) { [weak self] report in
                Task { [weak self] in await self?.shimReported(report) }
            }
            return (shim, try await shim.call(ShimState(), timeout: .seconds(10)).result)
        } catch {
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

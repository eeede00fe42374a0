import BerthAPI
import LinuxSystem
import Supervisor

// Stopping by hand: no restart policy applies.

extension Container {
    /// The stop signal, a grace period, SIGKILL. Stopping what is stopped succeeds.
    ///
    /// - Parameter pending: it is to be started again.
    func stop(grace: Int?, signal: String?, pending: Bool = false) async throws {
        let name = signal ?? record.detail.stopSignal
        guard let number = Signal.number(name) else {
            throw BerthError(.invalidArgument, "invalid signal: \(name)")
        }
        guard try await requestStop(pending: pending) else { return }
        try await send(number, ends: true)
        if await !exits(within: grace ?? record.detail.config.stopTimeout ?? 10) { try await killAndWait() }
        await note(event("stop"))
    }

    /// SIGKILL at once, for a container that is to be removed.
    func end() async throws {
        if try await requestStop(pending: false) { try await killAndWait() }
    }

    /// Stops it if it runs, and starts it. When the daemon dies in between, the next one starts it.
    func restart(grace: Int?, signal: String?) async throws {
        do {
            try await stop(grace: grace, signal: signal, pending: true)
        } catch {
            if record.restartPending == true { await settle { $0.restartPending = nil } }
            throw error
        }
        _ = try await start(nil)
        await note(event("restart"))
    }

    /// Notes that the container ends because it was told to.
    ///
    /// - Returns: whether it runs; one that was starting or ending has come to its end otherwise.
    private func requestStop(pending: Bool) async throws -> Bool {
        while true {
            switch record.phase {
            case .creating, .created, .exited, .removing: return false
            case .restarting:
                if !pending { await stayStopped() }
                return false
            case .starting: _ = await wait { $0?.phase != .starting }
            case .stopping:
                await settle { $0.requestStop(pending: pending) }
                _ = await waitForExit(.notRunning)
            case .running:
                await settle { $0.requestStop(pending: pending) }
                if record.phase == .running { return true }
            }
        }
    }

    func killAndWait() async throws {
        if record.phase == .running { try await send(9, ends: true) }
        guard await exits(within: 30) else {
            throw BerthError(
                .deadlineExceeded, "container \(id.prefix(12)) did not end within 30 seconds of SIGKILL",
                object: "container \(id)")
        }
    }

    /// - Parameter seconds: Negative waits for ever.
    private func exits(within seconds: Int) async -> Bool {
        if seconds < 0 {
            _ = await waitForExit(.notRunning)
            return true
        }
        let ended = Promise<Bool>()
        let timer = services.loop.schedule(after: .seconds(seconds)) { ended.fulfil(false) }
        // Not a child task: a wait for an exit that does not come must not hold up the answer that it did not come.
        Task {
            _ = await self.waitForExit(.notRunning)
            ended.fulfil(true)
        }
        let result = await ended.value
        services.loop.cancel(timer)
        return result
    }
}

extension ContainerRecord {
    /// - Parameter pending: it is to be started again.
    mutating func requestStop(pending: Bool = false) {
        stopRequested = true
        restartPending = pending ? true : nil
    }
}

import BerthAPI
import JSONRPC
import LinuxSystem
import Logging

// Probes: Docs/survival.md. The daemon keeps the time, the shim the limit of a probe that is under way.

extension Container {
    /// Of a stuck shim: how much later than the probe's own limit the daemon gives up.
    private static let patience = Duration.seconds(10)
    private static let probePrefix = "health-"

    private var monitor: HealthMonitor? {
        let state = record.detail.state
        guard record.phase == .running, record.probe != nil, let check = record.detail.healthCheck,
            let startedAt = state.startedAt
        else { return nil }
        return HealthMonitor(check: check, startedAt: startedAt, state: state.health ?? HealthState())
    }

    /// Goes on from the results that are recorded: a probe that is overdue comes at once.
    func watchHealth() {
        guard let monitor else { return endHealth() }
        watchHealth(after: monitor.delay(at: Timestamp(nanoseconds: Host.now)))
    }

    private func watchHealth(after delay: Duration) {
        endHealth()
        healthTimer = services.loop.schedule(after: delay) { [weak self] in
            Task { [weak self] in await self?.checkHealth() }
        }
    }

    func endHealth() {
        if let healthTimer { services.loop.cancel(healthTimer) }
        healthTimer = nil
    }

    private func checkHealth() async {
        healthTimer = nil
        guard let before = monitor, let command = record.probe, let shim else { return }
        let wasPaused = record.status == .paused
        let result = wasPaused ? nil : await probe(command, limit: before.timeout, shim)
        // Another run's, or none's any more.
        guard var monitor, monitor.startedAt == before.startedAt else { return }
        // Processes that stand still say nothing of their health.
        guard let result, record.status == .running else { return watchHealth(after: before.pause) }
        let hasChanged = monitor.add(result)
        let state = monitor.state
        let events = hasChanged ? [event("health_status: \(state.status.rawValue)")] : []
        await settle(events) { $0.detail.state.health = state }
        watchHealth()
        if hasChanged { await endUnhealthy() }
    }

    // MARK: One probe

    /// Whether an exec is a daemon's own, of which no event tells.
    func isProbe(_ exec: String) -> Bool { exec.hasPrefix(Self.probePrefix) }

    private func probe(_ command: [String], limit: Duration, _ shim: ShimClient) async -> HealthResult {
        let start = Timestamp(nanoseconds: Host.now)
        let (code, output) = await outcome(of: command, limit, shim)
        return HealthResult(start: start, end: Timestamp(nanoseconds: Host.now), exitCode: code, output: output)
    }

    private func outcome(of command: [String], _ limit: Duration, _ shim: ShimClient) async -> (Int, String) {
        let key = Self.probePrefix + Identifier.make()
        let attach = AttachRequest(stdin: false, stdout: true, stderr: true)
        let request = ShimExec(
            exec: key, config: ExecConfig(arguments: command), attach: attach, timeout: Int(limit / .milliseconds(1)))
        do {
            let reply = try await shim.call(request, timeout: limit + Self.patience)
            let output = try reply.descriptors.first.map { try ProbeOutput($0, loop: services.loop) }
            let end: ShimExecWait.Result
            do {
                end = try await shim.call(ShimExecWait(exec: key), timeout: limit + Self.patience).result
            } catch {
                _ = output?.finish()
                throw error
            }
            let text = output?.finish() ?? ""
            guard end.timedOut == true else { return (end.exitCode, text) }
            return (-1, "Health check exceeded timeout (\(limit.shortText))\(text.isEmpty ? "" : ": \(text)")")
        } catch {
            return (-1, (error as? BerthError)?.message ?? "\(error)")
        }
    }

    // MARK: What follows

    /// What was asked for in case of bad health; also when a daemon died before it had done so.
    func endUnhealthy() async {
        guard let monitor, monitor.state.status == .unhealthy else { return }
        let action = monitor.check.onFailure ?? .none
        guard action != .none, action == .stop || !record.stopRequested else { return }
        services.logger.notice("container \(id) is unhealthy: \(action.rawValue)")
        do {
            switch action {
            case .none: break
            case .kill: _ = try await runningShim().call(ShimKill(signal: 9))
            case .stop: try await stop(grace: nil, signal: nil)
            // It is started with its policy's delay, and counted.
            case .restart: try await stop(grace: nil, signal: nil, pending: true)
            }
        } catch {
            services.logger.warning("container \(id): it is unhealthy, and cannot be ended: \(error)")
        }
    }
}

extension Duration {
    /// `30s`, `1500ms`.
    fileprivate var shortText: String {
        let milliseconds = Int(self / .milliseconds(1))
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}

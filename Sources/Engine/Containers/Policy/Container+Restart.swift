import BerthAPI
import LinuxSystem
import Logging

// Starting again what has ended: Docs/survival.md.

extension Container {
    private var policy: RestartPolicy { record.detail.config.restartPolicy ?? RestartPolicy(.no) }

    /// How long a container that has exited waits to be started again; nil when it stays as it is.
    func delayAfterExit() -> Duration? {
        let state = record.detail.state
        guard record.restartPending == true || isDue(afterExit: state.exitCode) else { return nil }
        let (began, ended) = (state.startedAt?.nanoseconds ?? 0, state.finishedAt?.nanoseconds ?? 0)
        return backoff.delay(afterRunOf: .nanoseconds(ended - began))
    }

    /// The same of one whose policy could not start it. A start by hand says to its client that it has failed.
    func delayAfterFailedStart(_ code: Int) -> Duration? {
        guard record.startedByPolicy == true, isDue(afterExit: code) else { return nil }
        return backoff.delay(afterRunOf: .zero)
    }

    private func isDue(afterExit code: Int) -> Bool {
        policy.restarts(afterExit: code, stopped: record.stopRequested, restarts: record.detail.restartCount)
    }

    /// With the daemon, once nothing is under way any more.
    func startWithDaemon() async {
        let hasRun = record.detail.state.startedAt != nil
        guard record.phase == .exited, hasRun, policy.startsWithDaemon(stopped: record.stopRequested) else { return }
        await settle { record in
            record.phase = .restarting
            record.detail.restartCount = 0
        }
        scheduleRestart(after: .zero)
    }

    func scheduleRestart(after delay: Duration) {
        cancelRestart()
        restartTimer = services.loop.schedule(after: delay) { [weak self] in
            Task { [weak self] in await self?.startAgain() }
        }
    }

    func cancelRestart() {
        if let restartTimer { services.loop.cancel(restartTimer) }
        restartTimer = nil
    }

    private func startAgain() async {
        guard record.phase == .restarting else { return }
        do {
            _ = try await start(nil) { $0.startedByPolicy = true }
        } catch {
            services.logger.warning("container \(id): it cannot be started again: \(error)")
        }
    }

    /// One that waits to be started again waits no more.
    func stayStopped() async {
        cancelRestart()
        await settle([event("stop")]) { record in
            record.phase = .exited
            record.requestStop()
        }
    }

    /// Another policy, from the next exit on.
    func update(restartPolicy policy: RestartPolicy) async throws {
        try policy.validate()
        guard record.detail.config.autoRemove != true || policy.name == .no else {
            throw BerthError(
                .failedPrecondition,
                "Restart policy cannot be updated because AutoRemove is enabled for the container",
                object: "container \(id)")
        }
        try await update([event("update")]) { $0.detail.config.restartPolicy = policy }
        if record.phase == .restarting, record.restartPending != true, policy.name == .no { await stayStopped() }
    }
}

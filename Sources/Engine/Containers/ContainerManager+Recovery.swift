import BerthAPI
import LinuxSystem
import Logging
import Supervisor

// After a start of the daemon: Docs/survival.md.

extension ContainerManager {
    /// Nobody who only wants to know waits longer for a shim or a driver that is stuck.
    private static let patience = Duration.seconds(1)

    /// Finds out which containers run on, then brings every one to a state where nothing is under way, all at the same
    /// time; then those run whose policy says so.
    func recover() async {
        await each { await $0.adopt() }
        adopted.fulfil(())
        async let finished: Void = each { container in
            await container.finishRecovery()
            await container.startWithDaemon()
        }
        for container in all { await container.ready.value }
        recovered.fulfil(())
        await finished
        await startLogDrivers()
    }

    private func each(_ body: @escaping @Sendable (Container) async -> Void) async {
        await withTaskGroup { group in
            for container in all { group.addTask { await body(container) } }
        }
    }

    /// Streams of containers that run on are opened again as soon as their drivers are there.
    private func startLogDrivers() async {
        let drivers = Set(index.all.filter { $0.phase == .running }.map(\.detail.logDriver))
        await withTaskGroup { group in
            for driver in drivers where driver != LogStream.none {
                group.addTask { _ = try? await self.services.plugins.capabilities(of: driver) }
            }
        }
    }

    /// What lists say is true once nothing is under way.
    func awaitRecovery() async {
        guard !recovered.isFulfilled else { return }
        let timer = services.loop.schedule(after: Self.patience) { [recovered] in recovered.fulfil(()) }
        await recovered.value
        services.loop.cancel(timer)
    }

    /// Opens the log streams of running containers again, after their driver was started.
    func reopenLogs(driver: String) async {
        await adopted.value
        await withTaskGroup { group in
            for record in index.all where record.detail.logDriver == driver && record.phase == .running {
                group.addTask { await self.reopenLog(record.id) }
            }
        }
    }

    private func reopenLog(_ id: String) async {
        do {
            try await find(id).reopenLog()
        } catch {
            services.logger.warning("container \(id): its log cannot be opened again: \(error)")
        }
    }
}

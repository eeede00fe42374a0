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
    ///
    /// - Parameter inherited: those that were there before any client was.
    func recover(_ inherited: [Container]) async {
        let adopted = await Self.each(inherited) { ($0, isUnfinished: await $0.adopt()) }
        self.adopted.fulfil(())
        async let finished: [Void] = Self.each(adopted) { container, isUnfinished in
            if isUnfinished { await container.finishRecovery() }
            await container.startWithDaemon()
        }
        for container in inherited { await container.ready.value }
        recovered.fulfil(())
        _ = await finished
        await startLogDrivers()
    }

    /// Runs `body` for all at the same time.
    private static func each<Element: Sendable, Result: Sendable>(
        _ elements: [Element], _ body: @escaping @Sendable (Element) async -> Result
    ) async -> [Result] {
        await withTaskGroup { group in
            for element in elements { group.addTask { await body(element) } }
            return await group.reduce(into: []) { $0.append($1) }
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

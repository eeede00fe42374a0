import BerthAPI
import LinuxSystem
import Logging
import Supervisor

// After a start of the daemon: Docs/survival.md.

extension ContainerManager {
    /// A shim answers at once or is stuck: nobody who only wants to know waits longer for one that is.
    private static let patience = Duration.seconds(1)

    /// Finds out which containers run on, all at the same time.
    func adopt() async {
        await withTaskGroup { group in
            for container in all { group.addTask { await container.adopt() } }
        }
        adopted.fulfil(())
    }

    /// Brings every container to a state where nothing is under way, all at the same time; then those run whose policy
    /// says so.
    func recover() async {
        await withTaskGroup { group in
            for container in all {
                group.addTask {
                    await container.finishRecovery()
                    await container.startWithDaemon()
                }
            }
        }
        // Their streams are opened again as soon as they are there.
        let drivers = Set(index.all.filter { $0.phase == .running }.map(\.detail.logDriver))
        await withTaskGroup { group in
            for driver in drivers where driver != LogStream.none {
                group.addTask { _ = try? await self.services.plugins.capabilities(of: driver) }
            }
        }
    }

    /// What lists say is true once the shims have answered.
    func awaitAdoption() async {
        guard !adopted.isFulfilled else { return }
        let timer = services.loop.schedule(after: Self.patience) { [adopted] in adopted.fulfil(()) }
        await adopted.value
        services.loop.cancel(timer)
    }

    /// Opens the log streams of running containers again, after their driver was started.
    func reopenLogs(driver: String) async {
        await awaitAdoption()
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

import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Logging
import Supervisor

// Ending: Docs/run.md, sections 5 and 6.

extension Container {
    /// How long the drivers may take to let go of a container that has ended.
    private static let releaseTimeout = Duration.seconds(30)

    /// From the shim, by itself.
    func shimReported(_ report: ShimClient.Report) async {
        // A program may end before its start is recorded: its exit is handled right after.
        guard record.phase != .starting else { return earlyReports.append(report) }
        switch report {
        case .outOfMemory: await outOfMemory()
        case .exited(let exit):
            guard record.phase == .running else { return }
            await noteExit(exit)
            await finishStopping()
        case .lost(let reason): await shimLost(reason)
        }
    }

    /// The kernel has killed a process of the container for want of memory: not necessarily the first one.
    private func outOfMemory() async {
        guard record.phase == .running else { return }
        await settle([event("oom")]) { $0.detail.state.oomKilled = true }
    }

    private func shimLost(_ reason: String) async {
        guard record.phase == .running else { return }
        services.logger.error("container \(id): its shim is gone: \(reason)")
        await noteLoss()
        await finishStopping()
    }

    /// Records the end of a container whose shim is gone: as the shim wrote it down, else as one of which nothing is
    /// known.
    func noteLoss() async {
        let bundle = services.bundle(of: id)
        if let written = Self.exitRecord(in: bundle) { return await noteExit(written) }
        // The bundle is state of this boot: without one the host went down, with all that ran on it.
        let reason = fileExists(bundle) ? "the container's shim was lost" : "the host was restarted"
        let exit = ExitRecord(exitCode: 137, oomKilled: false, exitedAt: Timestamp(nanoseconds: Host.now))
        await noteExit(exit, error: reason, isLost: fileExists(bundle))
    }

    /// What the shim wrote before it told anyone.
    static func exitRecord(in bundle: String) -> ExitRecord? {
        guard let bytes = try? readFile("\(bundle)/exit.json", limit: 64 << 10) else { return nil }
        return try? JSON(parsing: bytes).decode(ExitRecord.self)
    }

    /// The first half of an exit: from here on the container does not run.
    func noteExit(_ exit: ExitRecord, error: String = "", isLost: Bool = false) async {
        guard record.phase == .running else { return }
        endHealth()
        let code = "\(exit.exitCode)"
        // What the shim has told while nobody listened.
        let isNews = exit.oomKilled && !record.detail.state.oomKilled
        await settle((isNews ? [event("oom")] : []) + [event("die", ["exitCode": code])]) { record in
            record.phase = .stopping
            record.detail.state.status = .running
            record.detail.state.exitCode = exit.exitCode
            record.detail.state.oomKilled = exit.oomKilled
            record.detail.state.error = error
            record.detail.state.finishedAt = exit.exitedAt
            record.isLost = isLost ? true : nil
        }
    }

    /// The second half of an exit, also run by the next daemon when one died in between: lets go of everything the run
    /// held. Then the container waits to be started again, as its policy says; with `--rm`, it is removed.
    func finishStopping() async {
        // Whoever saw the end first does it: a connection is lost, and an exit told, by more than one.
        guard record.phase == .stopping, !isFinishing else { return }
        isFinishing = true
        await releaseDrivers()
        isFinishing = false
        let automatic = record.detail.config.autoRemove == true && record.restartPending != true
        let delay = automatic ? nil : delayAfterExit()
        await settle { record in
            record.phase = automatic ? .removing : delay != nil ? .restarting : .exited
            if delay != nil { record.detail.restartCount += 1 }
            record.removesVolumes = automatic
            record.detail.state.pid = nil
            record.detail.networks = []
        }
        if let delay { scheduleRestart(after: delay) }
        guard automatic else { return }
        do {
            try await finishRemoval()
        } catch {
            services.logger.error("container \(id): it cannot be removed: \(error)")
        }
    }

    /// Lets go of what a run holds of its drivers and of its shim. Each step is idempotent and tried whatever becomes of
    /// the others; a driver that is away finds out by `reconcile`.
    func releaseDrivers() async {
        let record = record
        await withTaskGroup { group in
            group.addTask { await self.releaseShim() }
            if let endpoint = record.endpoint, let driver = record.endpointDriver {
                let detach = NetworkDetach(endpoint: endpoint.endpoint, sandboxIsEnding: true)
                group.addTask { await self.release(detach, on: driver) }
            }
            if record.detail.logDriver != LogStream.none {
                group.addTask { await self.release(LogClose(container: record.id), on: record.detail.logDriver) }
            }
            for use in record.volumes {
                group.addTask {
                    await self.release(VolumeUnmount(volume: use.name, container: record.id), on: use.driver)
                }
            }
        }
    }

    private func release(_ method: some Method, on driver: String) async {
        // Nothing waits for a driver that crashes in a loop: when it is back it is told what should exist.
        guard await !services.plugins.isDegraded(driver) else {
            return services.logger.warning(
                "container \(id): \(type(of: method).name): plugin \(driver) is degraded, and is reconciled later")
        }
        do {
            _ = try await services.plugins.call(method, on: driver, timeout: Self.releaseTimeout)
        } catch {
            services.logger.warning("container \(id): \(type(of: method).name): \(error)")
        }
    }

    private func releaseShim() async {
        if let shim {
            self.shim = nil
            do {
                _ = try await shim.call(ShimDelete(), timeout: Self.releaseTimeout)
                shim.close()
                return
            } catch {
                services.logger.warning("container \(id): shim.delete: \(error)")
                shim.close()
            }
        }
        ContainerLeftovers(bundle: services.bundle(of: id), logger: services.logger).remove()
    }

    // MARK: Removing

    func remove(force: Bool, volumes: Bool) async throws {
        if force { try await end() }
        if record.phase == .stopping { _ = await waitForExit(.notRunning) }
        switch record.phase {
        case .created, .exited: break
        case .running, .starting, .restarting:
            let reason =
                isPaused
                ? "container is paused and must be unpaused first"
                : "container is \(record.status == .restarting ? "restarting" : "running"): "
                    + "stop the container before removing or force remove"
            throw BerthError(
                .conflict, "cannot remove container \"\(record.detail.name)\": \(reason)", object: "container \(id)")
        case .removing where record.removalError != nil: break
        case .removing where record.detail.config.autoRemove == true:
            _ = await waitForExit(.removed)
            return
        case .removing, .creating, .stopping:
            throw BerthError(
                .conflict, "removal of container \(record.detail.name) is already in progress",
                object: "container \(id)")
        }
        try await beginRemoval(volumes: volumes)
    }

    /// Also takes back a creation: what was not made yet is removed without complaint.
    func beginRemoval(volumes: Bool) async throws {
        await settle { record in
            record.phase = .removing
            record.removesVolumes = volumes
            record.removalError = nil
        }
        try await finishRemoval()
    }

    /// The second half of a removal, also run by the next daemon when one died in between. When it fails the container
    /// is dead: it can only be removed again.
    func finishRemoval() async throws {
        do {
            try await removeParts()
        } catch {
            let reason = (error as? BerthError)?.message ?? "\(error)"
            await settle { $0.removalError = reason }
            throw error
        }
    }

    private func removeParts() async throws {
        await endFileUse()
        let record = record
        _ = try await services.plugins.call(
            SnapshotRemove(key: id), on: record.detail.snapshotter, timeout: .seconds(60))
        for image in record.imageMounts ?? [] {
            _ = try await services.plugins.call(
                SnapshotRemove(key: image.key), on: record.detail.snapshotter, timeout: .seconds(60))
        }
        if record.detail.logDriver != LogStream.none {
            await release(LogRemove(container: id), on: record.detail.logDriver)
        }
        // Again: a launcher that outlived its shim by a moment may have made the cgroup after the run was over.
        ContainerLeftovers(bundle: services.bundle(of: id), logger: services.logger).remove()
        try removeDirectory(services.bundle(of: id))
        try removeDirectory(record.detail.directory)
        // Before the record, which is what the next daemon knows them from.
        if record.removesVolumes == true { await removeVolumes(record.volumes.filter(\.anonymous)) }
        await deleted(event("destroy"))
    }

    private func removeVolumes(_ uses: [VolumeUse]) async {
        for use in uses {
            do {
                try await services.volumes.remove(use.name, force: true)
            } catch {
                services.logger.notice("volume \(use.name) stays: \(error)")
            }
        }
    }
}

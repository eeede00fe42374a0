import BerthAPI
import JSON
import JSONRPC
import Logging
import OCISpec

extension Container {
    /// Changes limits, live when it runs, and keeps them for later runs. Of several changes at the same time each has
    /// its turn, and builds on the one before.
    func changeLimits(_ change: Resources) async throws {
        let previous = lastLimits
        let update = Task {
            _ = await previous?.result
            try await self.changeLimitsNow(change)
        }
        lastLimits = update
        try await update.value
    }

    private func changeLimitsNow(_ change: Resources) async throws {
        // Its limits are being read.
        if record.phase == .starting { _ = await wait { $0?.phase != .starting } }
        guard record.phase != .creating, record.phase != .removing else { throw refusal("is being made or removed") }
        let old = record.detail.config.resources ?? Resources()
        let new = try old.changed(by: change)
        try new.validate()
        if record.phase == .running, let shim {
            let limits = try RuntimeSpec.Resources.difference(from: old, to: new)
            do {
                _ = try await shim.call(ShimUpdate(resources: JSON(encoding: limits)))
            } catch {
                // One that has ended meanwhile has its limits for its next run.
                guard record.phase != .running else { throw error }
            }
        }
        await settle([event("update")]) { $0.detail.config.resources = new }
    }
}

extension Resources {
    /// The limits with what the change says.
    ///
    /// - Throws: `conflict` for limits that docker does not change into one another.
    func changed(by change: Resources) throws -> Resources {
        if nanoCPUs ?? 0 > 0, change.cpuPeriod ?? 0 != 0 || change.cpuQuota ?? 0 != 0 {
            throw BerthError(
                .conflict, "CPU period and quota cannot be updated as the number of CPUs has already been set")
        }
        if cpuPeriod ?? 0 != 0 || cpuQuota ?? 0 != 0, change.nanoCPUs ?? 0 > 0 {
            throw BerthError(
                .conflict, "the number of CPUs cannot be updated as CPU period or quota has already been set")
        }
        let merged = try JSON(encoding: self).merging(try JSON(encoding: change))
        return try merged.decode(Resources.self)
    }
}

extension RuntimeSpec.Resources {
    /// What has to be written so that limits become others: what stays is not touched, so that a limit that the host
    /// does not have does not stand in another's way.
    static func difference(from old: Resources, to new: Resources) throws -> RuntimeSpec.Resources {
        let before = try RuntimeSpec.Resources(old)
        var limits = try RuntimeSpec.Resources(new)
        if limits.memory == before.memory { limits.memory = nil }
        if limits.memory?.reservation == before.memory?.reservation { limits.memory?.reservation = nil }
        if limits.memory?.swappiness == before.memory?.swappiness { limits.memory?.swappiness = nil }
        if limits.cpu == before.cpu { limits.cpu = nil }
        if limits.cpu?.cpus == before.cpu?.cpus { limits.cpu?.cpus = nil }
        if limits.cpu?.mems == before.cpu?.mems { limits.cpu?.mems = nil }
        if limits.blockIO == before.blockIO { limits.blockIO = nil }
        if new.pids != old.pids {
            limits.pids = .init(limit: new.pids.map { $0 > 0 ? $0 : -1 } ?? -1)
        } else {
            limits.pids = nil
        }
        return limits
    }
}

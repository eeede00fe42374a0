import BerthAPI
import ContentStore
import LinuxSystem
import Logging
import Supervisor

extension ContainerManager {
    /// Measures all that were asked for, one after another on one thread: their times differ by little.
    func statistics(_ request: ContainerStats) async throws -> ContainerStats.Result {
        var subjects: [(usage: ContainerUsage, place: MeasuredContainer?)] = []
        for record in try chosen(request) {
            let detail = record.detail
            let usage = ContainerUsage(id: record.id, name: detail.name, status: detail.state.status)
            subjects.append((usage, try? await find(record.id).measured()))
        }
        let all = subjects
        return try await services.threads.run {
            let now = MonotonicTime.now.nanoseconds
            let usages = all.map { subject in
                var usage = subject.usage
                // One that ends meanwhile has no counters any more.
                try? subject.place?.read(into: &usage)
                return usage
            }
            return .init(containers: usages, measuredAt: now)
        }
    }

    private func chosen(_ request: ContainerStats) throws -> [ContainerRecord] {
        guard let names = request.ids else {
            return try ContainerQuery(ContainerList(all: request.all), index: index, images: images).run()
        }
        return try names.map { name in
            let id = try index.resolve(name)
            guard let record = index.record(id) else { throw Self.missing(name) }
            return record
        }
    }

    // MARK: Pruning

    /// Removes what does not run, each for itself: one that cannot be removed, or is being started, stays.
    func prune(_ filters: [String: [String]]?) async throws -> ContainerPrune.Result {
        let filter = try PruneFilter(filters ?? [:])
        var result = ContainerPrune.Result(removed: [], reclaimed: 0)
        let stopped: [ContainerStatus] = [.created, .exited, .dead]
        for record in index.all where stopped.contains(record.status) && filter.matches(record.detail) {
            let usage = try? await services.plugins.call(SnapshotUsage(key: record.id), on: record.detail.snapshotter)
            do {
                try await find(record.id).remove(force: false, volumes: false)
            } catch {
                services.logger.notice("container \(record.id) is not pruned: \(error)")
                continue
            }
            result.removed.append(record.id)
            result.reclaimed += usage?.size ?? 0
        }
        try await services.events.commit([
            EventDraft(type: "container", action: "prune", id: "", attributes: ["reclaimed": "\(result.reclaimed)"])
        ])
        return result
    }
}

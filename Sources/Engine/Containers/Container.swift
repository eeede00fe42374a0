import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Logging
import MetadataStore
import Supervisor

/// One container: its record, its shim, and who waits for it. Each operation begins by changing the phase, so that two
/// of them cannot run at the same time; the phase is looked at again after every `await`.
actor Container {
    nonisolated let id: String
    let services: ContainerServices
    private(set) var record: ContainerRecord
    var shim: ShimClient?
    private var watchers: [(condition: @Sendable (ContainerRecord?) -> Bool, promise: Promise<ContainerRecord?>)] = []
    private var isGone = false
    /// The newest write of the record: the next begins when it has ended, so that none overtakes another.
    private var lastWrite: Task<Void, any Error>?
    /// What the shim told while a start was still being recorded.
    var earlyReports: [ShimClient.Report] = []
    /// Further processes, until the run's end.
    var execs = ExecTable()
    /// The newest change of limits: the next begins when it has ended.
    var lastLimits: Task<Void, any Error>?
    /// Where its control group is; known once it was asked for.
    var knownCgroup: Cgroup?
    /// Fulfilled when operations may begin: what the last daemon left of a container comes first.
    nonisolated let ready = Promise<Void>()
    var isFinishing = false
    var backoff = RestartBackoff()
    var restartTimer: LoopTimer?
    var healthTimer: LoopTimer?
    /// Operations on its files that are under way, and who waits until there is none.
    var fileUse = FileUse()
    /// Events of changes that could not be written yet; nil when everything is.
    private var unwritten: [EventDraft]?

    init(_ record: ContainerRecord, services: ContainerServices) {
        id = record.id
        self.record = record
        self.services = services
    }

    // MARK: The record

    /// Changes the record on disk together with its events, then in memory, then wakes who waits for it.
    func update(_ events: [EventDraft] = [], _ change: (inout ContainerRecord) -> Void) async throws {
        var changed = record
        change(&changed)
        changed.detail.state.status = changed.status
        // Before the write, so that what begins meanwhile sees the new phase.
        record = changed
        let saved = changed
        try await commit(events) { try $0.put(saved, id: saved.id, name: saved.detail.name, in: .containers) }
        announce()
    }

    /// Changes the record for what has happened and cannot be refused any more. When the disk does not take it, it
    /// counts all the same, and is written as soon as that works: whoever comes after a crash finds it out by itself.
    func settle(_ events: [EventDraft] = [], _ change: (inout ContainerRecord) -> Void) async {
        do {
            try await update(events, change)
        } catch {
            services.logger.error("container \(id): its state cannot be written, trying again: \(error)")
            announce()
            writeLater(events)
        }
    }

    /// Events of what has been done already: they never undo it.
    func note(_ event: EventDraft) async {
        do {
            try await services.events.commit([event])
        } catch {
            services.logger.error("container \(id): event \(event.action) cannot be written, trying again: \(error)")
            writeLater([event])
        }
    }

    private func writeLater(_ events: [EventDraft]) {
        let isPlanned = unwritten != nil
        unwritten = (unwritten ?? []) + events
        guard !isPlanned else { return }
        services.loop.schedule(after: .seconds(1)) { [weak self] in Task { await self?.writeAgain() } }
    }

    private func writeAgain() async {
        guard let events = unwritten.take(), !isGone else { return }
        do { try await update(events) { _ in } } catch { writeLater(events) }
    }

    /// Writes after every earlier change of this container; not given up when the client that asked for it goes away.
    private func commit(
        _ events: [EventDraft], _ changes: @escaping @Sendable (Database) throws -> Void
    ) async throws {
        let (previous, bus) = (lastWrite, services.events)
        let write = Task {
            _ = await previous?.result
            try await bus.commit(events, changes)
        }
        lastWrite = write
        try await write.value
    }

    /// Nothing is left of the container: whoever waits for its removal is told, and its record is deleted, as soon as
    /// the disk takes that.
    func deleted(_ event: EventDraft) async {
        isGone = true
        await deleteRecord(event)
        announce()
    }

    private func deleteRecord(_ event: EventDraft) async {
        let id = id
        do {
            try await commit([event]) { try $0.delete(id: id, from: .containers) }
        } catch {
            services.logger.error("container \(id): its record cannot be deleted, trying again: \(error)")
            services.loop.schedule(after: .seconds(1)) { Task { await self.deleteRecord(event) } }
        }
    }

    private func announce() {
        let state = isGone ? nil : record
        services.publish(id, state)
        let ready = watchers.filter { $0.condition(state) }
        watchers.removeAll { $0.condition(state) }
        for watcher in ready { watcher.promise.fulfil(state) }
    }

    /// Waits until the record, or its absence, fulfils the condition.
    func wait(until condition: @escaping @Sendable (ContainerRecord?) -> Bool) async -> ContainerRecord? {
        let state = isGone ? nil : record
        if condition(state) { return state }
        let promise = Promise<ContainerRecord?>()
        watchers.append((condition, promise))
        return await promise.value
    }

    /// Changes what is only known while the daemon runs.
    func publish(_ change: (inout ContainerRecord) -> Void) {
        change(&record)
        services.publish(id, record)
    }

    func event(_ action: String, _ more: [String: String] = [:]) -> EventDraft {
        var attributes = record.detail.labels
        attributes["name"] = record.detail.name
        attributes["image"] = record.detail.image
        attributes.merge(more) { _, new in new }
        return EventDraft(type: "container", action: action, id: id, attributes: attributes)
    }

    /// Answers when the condition holds, with the exit code of the last run.
    func waitForExit(_ condition: ContainerWait.Condition) async -> ContainerWait.Result {
        let startedAt = record.detail.state.startedAt
        let running = record.phase == .running || record.phase == .stopping
        let last = Self.isStopped
        let found =
            switch condition {
            case .notRunning: await wait(until: last)
            case .nextExit:
                await wait { last($0) && (running || $0 == nil || $0?.detail.state.startedAt != startedAt) }
            case .removed: await wait { $0 == nil || $0?.removalError != nil }
            }
        // As it was then: its policy may have started it again.
        let state = (found ?? record).detail.state
        return .init(exitCode: state.exitCode, error: state.error.isEmpty ? nil : state.error)
    }

    private static let isStopped: @Sendable (ContainerRecord?) -> Bool = { record in
        guard let phase = record?.phase else { return true }
        return [.exited, .created, .restarting, .removing].contains(phase)
    }
}

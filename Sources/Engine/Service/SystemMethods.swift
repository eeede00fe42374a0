import BerthAPI
import JSONRPC
import LinuxSystem
import Supervisor

extension Router {
    func addSystem(_ engine: Engine) {
        on(SystemPing.self) { _, _ in .init() }
        on(SystemVersion.self) { _, _ in
            .init(
                version: Engine.version, protocolRange: .current, commit: "", os: "linux",
                architecture: Host.architecture, kernel: Host.kernelRelease)
        }
        on(Initialize.self) { request, context in
            guard let version = ProtocolRange.current.agreed(with: request.protocolRange) else {
                let range = request.protocolRange
                throw BerthError(
                    .failedPrecondition,
                    "the client speaks protocol \(range.minimum) to \(range.maximum), the daemon "
                        + "\(ProtocolRange.current.minimum) to \(ProtocolRange.current.maximum)")
            }
            context.connection.attachment = Session()
            return .init(server: .init(name: "berthd", version: Engine.version), protocolVersion: version)
        }
        onAsync(SystemUpgrade.self) { request, context in try await engine.upgrade(request, context) }
        onOperation(SystemCheck.self, engine.operations) { request, _ in await engine.check(request) }
        onAsync(SystemInfo.self) { _, _ in try await engine.info() }
        on(OperationList.self) { _, _ in engine.operations.history.list }
        on(OperationTrace.self) { request, _ in try engine.operations.history.trace(request.id) }
        onAsync(EventsSubscribe.self) { request, context in try await engine.deliverEvents(request, to: context) }
    }

    func addVolumes(_ engine: Engine) {
        onOperation(VolumeCreate.self, engine.operations) { request, _ in try await engine.volumes.create(request) }
        onAsync(VolumeList.self) { request, _ in try await engine.volumes.list(filters: request.filters ?? [:]) }
        onAsync(VolumeInspect.self) { request, _ in try await engine.volumes.inspect(request.name) }
        onOperation(VolumeRemove.self, engine.operations) { request in
            try await engine.volumes.remove(request.name, force: request.force == true)
        }
    }

    func addNetworks(_ engine: Engine) {
        onOperation(NetworkCreate.self, engine.operations) { request, _ in try await engine.networks.create(request) }
        onAsync(NetworkList.self) { request, _ in try await engine.networks.list(filters: request.filters ?? [:]) }
        onAsync(NetworkInspect.self) { request, _ in try await engine.networks.inspect(request.network) }
        onOperation(NetworkRemove.self, engine.operations) { request in
            try await engine.networks.remove(request.network)
        }
    }
}

extension Engine {
    func info() async throws -> SystemInfo.Result {
        var info = SystemInfo.Result(
            id: Host.hostname, version: Self.version, name: Host.hostname, root: configuration.root,
            run: configuration.run, pid: Host.processID)
        let statuses = containers.index.all.map(\.status)
        info.containers = statuses.count
        info.running = statuses.count { $0 == .running }
        info.paused = statuses.count { $0 == .paused }
        info.stopped = info.containers - info.running - info.paused
        info.images = try await images.list(filters: [:]).count
        info.snapshotter = (try? defaults.driver(.snapshotter)) ?? ""
        info.logDriver = (try? defaults.driver(.log)) ?? ""
        info.volumeDriver = (try? defaults.driver(.volume)) ?? ""
        info.runtimes = configuration.runtimes.names
        info.defaultRuntime = configuration.runtimes.defaultName
        info.network = (try? await networks.resolve(requested: nil).name) ?? ""
        info.cgroupVersion = (try? CgroupLayout.detect()).map { $0.version == .v1 ? "v1" : "v2" } ?? ""
        info.kernel = Host.kernelRelease
        info.operatingSystem = Host.operatingSystem
        info.architecture = Host.architecture
        info.processors = Host.processors
        info.memory = Host.memory
        info.securityOptions = ["seccomp", "cgroupns"]
        info.plugins = await supervisor.list()
        info.warnings = warnings(info.plugins)
        return info
    }

    private func warnings(_ plugins: [PluginInfo]) -> [String] {
        let degraded = plugins.filter { $0.state == .degraded }.map {
            "plugin \($0.name) is degraded: \($0.lastError ?? "it crashes in a loop")"
        }
        return degraded + configuration.runtimes.faults
            + supervisor.rejected.map { "plugin in \($0.key) is not used: \($0.value)" }.sorted()
    }

    /// Replays what was asked for, then delivers new events until the request is cancelled.
    func deliverEvents(_ request: EventsSubscribe, to context: RequestContext) async throws -> EventsSubscribe.Result {
        let queue = EventQueue()
        let id = events.subscribe { queue.put($0) }
        defer { events.unsubscribe(id) }
        context.connection.onClose { _ in queue.close() }
        context.onCancel { queue.close() }
        var next: Int64 = request.from ?? 0
        if request.from != nil || request.since != nil {
            while true {
                let past = try await events.past(from: next, since: request.since)
                guard let last = past.last else { break }
                for event in past where isWanted(event, request) {
                    await queue.deliver(.init(event: event), on: context.connection)
                }
                next = last.sequence + 1
            }
        }
        if let until = request.until, until <= Timestamp(nanoseconds: Host.now) { return .init(next: next) }
        var skipped: Int64 = 0
        while var entry = await queue.next() {
            let event = entry.event
            // What was dropped before an event that is not wanted is told with the next that is.
            skipped += entry.skipped
            if let until = request.until, event.time > until { break }
            if event.sequence >= next, isWanted(event, request) {
                entry.skipped = skipped
                skipped = 0
                await queue.deliver(entry, on: context.connection)
            }
            next = max(next, event.sequence + 1)
        }
        return .init(next: next)
    }

    /// docker's: `health_status` stands for each `health_status: …`.
    private func isAction(_ wanted: String, of event: Event) -> Bool {
        event.action == wanted || event.action.hasPrefix("\(wanted): ")
    }

    private func isWanted(_ event: Event, _ request: EventsSubscribe) -> Bool {
        let filters = request.filters ?? [:]
        if let until = request.until, event.time > until { return false }
        return matches(filters["type"]) { event.type == $0 } && matches(filters["event"]) { isAction($0, of: event) }
            && matches(filters["container"]) {
                event.type == "container" && (event.id.hasPrefix($0) || event.attributes["name"] == $0)
            }
            && (filters["label"] ?? []).allSatisfy { labelMatches(event.attributes, $0) }
    }
}

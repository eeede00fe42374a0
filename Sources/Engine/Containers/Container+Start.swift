import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Logging
import OCISpec
import Supervisor

// Starting: Docs/run.md, section 3.

extension Container {
    /// - Returns: The answer, and the attach stream when one was asked for.
    func start(_ attach: AttachRequest?) async throws -> Reply<ContainerStart.Result> {
        try beginStart()
        backoff = RestartBackoff()
        return try await start(attach) { record in
            record.startedByPolicy = nil
            record.detail.restartCount = 0
        }
    }

    /// - Parameter change: made to the record when the start begins.
    func start(
        _ attach: AttachRequest?, _ change: (inout ContainerRecord) -> Void
    ) async throws -> Reply<ContainerStart.Result> {
        cancelRestart()
        earlyReports = []
        execs = ExecTable()
        do {
            try await update { record in
                record.phase = .starting
                change(&record)
            }
            return try await launch(attach)
        } catch {
            await undoStart(error as? BerthError ?? BerthError(.internal, "\(error)"))
            throw error
        }
    }

    private func beginStart() throws {
        switch record.phase {
        case .created, .exited, .restarting: return
        case .running where isPaused: throw refusal("is paused: unpause it instead of starting it")
        case .running, .stopping, .starting: throw refusal("is running already")
        case .creating, .removing: throw refusal("is being made or removed")
        }
    }

    private func launch(_ attach: AttachRequest?) async throws -> Reply<ContainerStart.Result> {
        await filesAreFree()
        let record = record
        let shared = try SharedNamespaces(record.detail.config, find: services.index.record)
        try prepareFolders()
        let streams = try LogStream.pair(driver: record.detail.logDriver)
        // The shim starts up while the drivers answer.
        try services.spawnShim(for: id, logStream: streams?.shim)
        let shim = try services.connectShim(of: id) { [weak self] report in
            Task { [weak self] in await self?.shimReported(report) }
        }
        self.shim = shim
        async let rootfs = services.plugins.call(SnapshotGetMounts(key: id), on: record.detail.snapshotter)
        async let volumes = volumeMounts(for: id)
        async let log = openLog(streams?.driver)
        let hostNetwork = try await usesHostNetwork()
        let runtime = try services.configuration.runtimes.command(of: record.detail.config.runtime ?? RuntimeTable.own)
        let builder = SpecBuilder(
            record: record, rootMounts: try await rootfs.mounts, mounts: try await volumes, hostNetwork: hostNetwork,
            shared: shared, cgroupParent: services.configuration.cgroupParent,
            seccomp: try services.seccomp.form(for: record.detail.config.security, foreign: runtime != nil),
            foreign: runtime,
            logIsOptional: services.plugins.failurePolicy(of: record.detail.logDriver) == .skip,
            initExecutable: record.detail.config.initProcess == true ? services.configuration.runtime : nil)
        try writeBundle(try builder.build())
        let pid = try await shim.call(ShimCreate()).result.pid
        try shared.verify()
        let endpoint: EndpointInfo?
        do {
            endpoint = try await attachNetwork(pid: pid, hostNetwork: hostNetwork)
        } catch let error as SystemError {
            // The sandbox is gone because the set-up failed: the shim knows why, and that is what the client is told.
            _ = try await shim.call(ShimStart())
            throw error
        }
        let logPath = try await log
        let started = try await shim.call(ShimStart(attach: attach))
        try await update((attach == nil ? [] : [event("attach")]) + [event("start")]) { record in
            record.phase = .running
            record.stopRequested = false
            record.restartPending = nil
            record.startedByPolicy = nil
            record.isLost = nil
            record.detail.logPath = logPath
            record.detail.networks = endpoint.map { [$0] } ?? []
            record.detail.execIDs = []
            record.detail.state = ContainerState(status: .running)
            record.detail.state.pid = pid
            record.detail.state.startedAt = started.result.startedAt
            record.detail.state.health = record.probe.map { _ in HealthState() }
        }
        let reports = earlyReports
        earlyReports = []
        if !reports.isEmpty { Task { for report in reports { await shimReported(report) } } }
        watchHealth()
        return Reply(result: .init(pid: pid, warnings: started.result.warnings), descriptors: started.descriptors)
    }

    // MARK: Steps

    private func prepareFolders() throws {
        let bundle = services.bundle(of: id)
        // What a run before this one has left says nothing about this one: above all its exit record.
        try removeDirectory(bundle)
        try makeDirectory(bundle)
        let directory = record.detail.directory
        try makeDirectory(directory, mode: 0o700)
        try rewriteFile("\(directory)/hostname", Array("\(record.hostname)\n".utf8))
        try rewriteFile("\(directory)/hosts", [])
        try rewriteFile("\(directory)/resolv.conf", [])
    }

    private func writeBundle(_ spec: RuntimeSpec) throws {
        // The bundle lives in the state of this boot: it need not survive a loss of power.
        let text = try JSON(encoding: spec).serialized()
        try writeFile("\(services.bundle(of: id))/config.json", text, durable: false)
    }

    private func openLog(_ stream: SharedDescriptor?) async throws -> String? {
        guard let stream else { return nil }
        let detail = record.detail
        let request = LogOpen(
            container: id, containerName: detail.name, image: detail.image, labels: detail.labels,
            options: record.logOptions)
        return try await services.plugins.call(request, on: detail.logDriver, descriptors: [stream]).path
    }

    /// - Parameter user: who uses the volumes, for their drivers' counts.
    func volumeMounts(for user: String) async throws -> [(request: MountRequest, mount: Mount)] {
        var mounts: [(request: MountRequest, mount: Mount)] = []
        for point in record.detail.mounts {
            mounts.append((request(for: point), try await mount(for: point, user)))
        }
        let tmpfs = (record.detail.config.mounts ?? []).filter { $0.kind == .tmpfs }
        return mounts + tmpfs.map { ($0, Self.tmpfs($0)) }
    }

    private func request(for point: MountPoint) -> MountRequest {
        let target = ContainerPlan.normalized(point.target)
        let requested = record.detail.config.mounts?.first { ContainerPlan.normalized($0.target) == target }
        if let requested { return requested }
        var request = MountRequest(
            kind: point.kind, source: point.name, target: point.target, readOnly: point.readOnly)
        request.propagation = point.propagation
        request.subpath = point.subpath
        return request
    }

    private func mount(for point: MountPoint, _ user: String) async throws -> Mount {
        if point.kind == .image { return try await imageMount(point.source) }
        guard point.kind == .volume, let name = point.name, let driver = point.driver else {
            return Mount(type: "bind", source: point.source)
        }
        var mount = try await services.plugins.call(VolumeMount(volume: name, container: user), on: driver).mount
        if request(for: point).noCopy == true { mount.options.removeAll { $0 == "copyup" } }
        return mount
    }

    private func imageMount(_ key: String) async throws -> Mount {
        let mounts = try await services.plugins.call(SnapshotGetMounts(key: key), on: record.detail.snapshotter).mounts
        guard mounts.count == 1 else {
            throw BerthError(.unimplemented, "a snapshot of \(mounts.count) mounts cannot be mounted in a container")
        }
        return mounts[0]
    }

    private static func tmpfs(_ request: MountRequest) -> Mount {
        var options = ["nosuid", "nodev", "noexec"]
        let given = request.tmpfsOptions ?? []
        options.removeAll { given.contains(String($0.dropFirst(2))) }
        options += given
        if let size = request.tmpfsSize, size > 0 { options.append("size=\(size)") }
        if let mode = request.tmpfsMode { options.append("mode=\(String(mode, radix: 8))") }
        return Mount(type: "tmpfs", source: "tmpfs", options: options)
    }

    // MARK: Network

    private func usesHostNetwork() async throws -> Bool {
        guard let driver = record.endpointDriver else { return false }
        return try await services.plugins.capabilities(of: driver).isHost
    }

    private func attachNetwork(pid: Int, hostNetwork: Bool) async throws -> EndpointInfo? {
        guard let endpoint = record.endpoint, let driver = record.endpointDriver else { return nil }
        try await services.networks.ensureMade(endpoint.network)
        let network = try await services.networks.resolve(requested: endpoint.network)
        let path = "/proc/\(pid)/ns/net"
        let sandbox = hostNetwork ? [] : [try openForReading(path).shared()]
        let request = NetworkAttach(endpoint: endpoint, sandbox: hostNetwork ? nil : path)
        let answer: NetworkAttach.Result
        do {
            answer = try await services.plugins.call(request, on: driver, descriptors: sandbox)
        } catch let error as BerthError {
            throw services.index.naming(error)
        }
        try NetworkFiles(record: record, answer: answer).write(hostNetwork: hostNetwork)
        return Self.info(endpoint, network: network, answer)
    }

    private static func info(
        _ endpoint: NetworkEndpoint, network: NetworkInfo, _ answer: NetworkAttach.Result
    ) -> EndpointInfo {
        var info = EndpointInfo(network: network.name, networkID: network.id, endpointID: endpoint.endpoint)
        let parts = answer.address?.split(separator: "/") ?? []
        info.address = parts.first.map(String.init)
        info.prefixLength = parts.count == 2 ? Int(parts[1]) : nil
        info.gateway = answer.gateway
        info.macAddress = answer.macAddress
        info.ports = answer.ports
        return info
    }

    // MARK: Undoing

    /// Takes back what a start did before it failed; the container is as before, with the reason. What its policy has
    /// started counts as a run that failed.
    private func undoStart(_ error: BerthError) async {
        await releaseDrivers()
        let delay = delayAfterFailedStart(error.exitCode)
        await settle { record in
            record.phase =
                delay != nil ? .restarting : record.detail.state.startedAt == nil ? .created : .exited
            if delay != nil { record.detail.restartCount += 1 }
            record.restartPending = nil
            record.startedByPolicy = nil
            record.detail.state.error = error.message
            record.detail.state.exitCode = error.exitCode
            record.detail.networks = []
            record.detail.state.pid = nil
        }
        if let delay { scheduleRestart(after: delay) }
    }
}

extension BerthError {
    /// docker's exit codes of a container that could not be started.
    var exitCode: Int {
        guard object == "executable" else { return 128 }
        return kind == .notFound ? 127 : 126
    }
}

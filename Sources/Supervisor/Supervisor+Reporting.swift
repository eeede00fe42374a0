import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import OCISpec

extension Supervisor {
    /// By kind, then name.
    public func list() async -> [PluginInfo] {
        var infos: [PluginInfo] = []
        for instance in all { infos.append(await describe(instance, withManifest: false)) }
        return infos.sorted { ($0.kinds.first ?? "", $0.name) < ($1.kinds.first ?? "", $1.name) }
    }

    public func inspect(_ name: String) async throws -> PluginInfo {
        await describe(try instance(name), withManifest: true)
    }

    func describe(_ instance: PluginInstance, withManifest: Bool) async -> PluginInfo {
        var info = await instance.info(withManifest: withManifest)
        let record = records[instance.name]
        info.source = record?.source
        info.previous = record?.previous.map { $0.digest ?? $0.name }
        return info
    }

    public func statistics(_ names: [String]?) async throws -> [PluginStatistics.Entry] {
        let chosen = try names.map { try $0.map { try instance($0) } } ?? all.sorted { $0.name < $1.name }
        var entries: [PluginStatistics.Entry] = []
        for instance in chosen { entries.append(await instance.entry()) }
        return entries
    }

    /// Whether a plugin's files are those that were installed, and its state one that it reads. Reads an installed
    /// package as a whole.
    ///
    /// - Throws: `corrupted` or `failedPrecondition` with what is wrong.
    public func verify(_ name: String) throws {
        let definition = try instance(name).definition
        let package = definition.package
        try package.checkUnchanged()
        if let digest = package.digest {
            let found = try PackageArchive.digest(of: package.folder).description
            guard found == digest else {
                throw BerthError(
                    .corrupted, "its package has digest \(found), not the \(digest) that was installed",
                    object: "plugin \(name)", hint: "install it again")
            }
        }
        try definition.check(stateVersion: environment.stateVersion(name))
    }

    // MARK: Output and wire

    public func logs(_ name: String, tail: Int?) throws -> [PluginLogLine] { try instance(name).output.last(tail) }

    /// Calls `receive` for each new line until `stop` is called with what this returns.
    public func follow(
        _ name: String, _ receive: @escaping @Sendable (PluginLogLine) -> Void
    ) throws -> @Sendable () -> Void {
        let output = try instance(name).output
        let number = output.follow(receive)
        return { output.unfollow(number) }
    }

    /// Shows what goes over a plugin's connection, until what this returns is called.
    public func trace(
        _ request: PluginTrace, _ receive: @escaping @Sendable (PluginTraffic) -> Void
    ) throws -> @Sendable () -> Void {
        let instance = try instance(request.name)
        let tracer = WireTracer(plugin: request.name, methods: request.methods, receive: receive)
        let number = instance.wire.watch { direction, bytes in tracer.see(direction, bytes) }
        return { instance.wire.unwatch(number) }
    }

    /// Any method with any parameters, within a minute.
    public func call(_ request: PluginCall) async throws -> JSON {
        let process = try await instance(request.name).process(before: .now + .seconds(10))
        do {
            return try await process.heartbeat.during {
                try await process.connection.reply(
                    method: request.method, params: request.params, timeout: .seconds(60)
                ).result
            }
        } catch {
            var mapped = BerthError(caught: error)
            mapped.plugin = request.name
            throw mapped
        }
    }

    public func setFault(_ request: PluginSetFault) throws {
        guard configuration.testMode else {
            throw BerthError(
                .permissionDenied, "faults are for the daemon's test mode only",
                hint: "start berthd with test-mode = true in its configuration")
        }
        try instance(request.name).faults.set(request.fault)
    }
}

import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Logging
import OCISpec
import Supervisor

// Files of a container: Docs/files.md.

extension Container {
    /// Waits for operations on its files that are under way. No new one begins, as the phase has changed.
    func filesAreFree() async {
        while let free = fileUse.whenFree() { await free.value }
    }

    /// Has something done with its files, running or not.
    ///
    /// - Parameters:
    ///   - stream: the tar, to be read or written.
    ///   - context: the client's request, with which the operation ends.
    func files(
        _ action: FileTask.Action, stream: SharedDescriptor?, _ context: RequestContext
    ) async throws -> FileAnswer {
        try await usingFiles {
            let process = try await runningProcess()
            let helper = FileHelper(services: services, object: "container \(id)", helpers: fileUse.helpers)
            guard let process else {
                return try await withMounted(volumes: action != .export, context) { spec in
                    try await helper.run(FileTask(source: .mounts(spec), action: action), stream: stream, nil, context)
                }
            }
            let source = FileTask.Source.process(hasUserNamespace: record.idMaps != nil)
            return try await helper.run(FileTask(source: source, action: action), stream: stream, process, context)
        }
    }

    /// Ends operations that would otherwise last as long as their clients please.
    func endFileUse() async {
        fileUse.helpers.end()
        await filesAreFree()
    }

    /// Runs `body` while nothing takes the container's files away.
    func usingFiles<R: Sendable>(_ body: () async throws -> R) async throws -> R {
        while record.phase == .starting || record.phase == .stopping {
            _ = await wait { $0.map { ![.starting, .stopping].contains($0.phase) } ?? true }
        }
        try checkFilesAreKept()
        fileUse.begin()
        defer { fileUse.end() }
        return try await body()
    }

    private func checkFilesAreKept() throws {
        guard record.phase != .creating, record.phase != .removing else {
            throw BerthError(
                .conflict, "container \(id.prefix(12)) is being made or removed", object: "container \(id)")
        }
    }

    /// The first process of a container that runs, pinned; nil for one that does not.
    private func runningProcess() async throws -> SharedDescriptor? {
        guard record.phase == .running, let pid = record.detail.state.pid, let shim else { return nil }
        let process = try ProcessDescriptor.open(CInt(pid)).shared()
        // Only what still runs after it was opened is known to be what was meant.
        let state = try await shim.call(ShimState()).result
        return state.exit == nil && state.pid == pid ? process : nil
    }

    /// Runs `body` with what makes up the files of a container that does not run: its root, volumes and bind mounts.
    ///
    /// One operation at a time; those that wait end with a removal, as the one before them does.
    private func withMounted<R: Sendable>(
        volumes: Bool, _ context: RequestContext, _ body: (RuntimeSpec) async throws -> R
    ) async throws -> R {
        if let turn = fileUse.beginMount() { await turn.value }
        defer { fileUse.endMount() }
        if context.isCancelled { throw BerthError(.cancelled, "the client has gone") }
        try checkFilesAreKept()
        let user = "\(id)-files-\(Identifier.make().prefix(12))"
        let rootfs = try await services.plugins.call(SnapshotGetMounts(key: id), on: record.detail.snapshotter).mounts
        do {
            let mounts = volumes ? try await volumeMounts(for: user) : []
            let builder = SpecBuilder(
                record: record, rootMounts: rootfs, mounts: mounts, hostNetwork: true,
                cgroupParent: services.configuration.cgroupParent)
            let result = try await body(try builder.buildFiles())
            await releaseVolumes(of: user)
            return result
        } catch {
            await releaseVolumes(of: user)
            throw error
        }
    }

    private func releaseVolumes(of user: String) async {
        for use in record.volumes {
            do {
                _ = try await services.plugins.call(VolumeUnmount(volume: use.name, container: user), on: use.driver)
            } catch {
                services.logger.warning("container \(id): volume.unmount: \(error)")
            }
        }
    }
}

import BerthAPI
import LinuxSystem
import Logging
import OCISpec
import Supervisor

// What a container has changed of its image: Docs/files.md.

extension Container {
    /// Comparing a large container takes its time.
    private static let diffTimeout = Duration.seconds(3600)

    /// A file with the list that `differ.changes` wrote.
    func changes() async throws -> (count: Int, file: SharedDescriptor) {
        try await usingFiles {
            // A container that never ran has no folder yet; a removal takes it along.
            let file = try Folder.open(record.detail.directory, creating: true).makeUnnamed().shared()
            let request = DifferChanges(key: id, mountPoints: mountPoints)
            let result = try await services.plugins.call(
                request, on: try await differ(), timeout: Self.diffTimeout, descriptors: [file])
            return (result.count, file)
        }
    }

    /// Writes what the container has changed as a layer.
    ///
    /// - Parameter pausing: whether its processes stand still meanwhile.
    func writeLayer(
        to file: SharedDescriptor, mediaType: String, pausing: Bool
    ) async throws -> DifferDiff.Result {
        try await usingFiles {
            let differ = try await differ()
            let request = DifferDiff(key: id, mediaType: mediaType, mountPoints: mountPoints)
            let write = {
                try await self.services.plugins.call(
                    request, on: differ, timeout: Self.diffTimeout, descriptors: [file])
            }
            return pausing ? try await whilePaused(write) : try await write()
        }
    }

    /// Runs `body` while its processes stand still. A container that does not run, or is paused already, stays as it is.
    private func whilePaused<R: Sendable>(_ body: () async throws -> R) async throws -> R {
        guard record.phase == .running, !isPaused else { return try await body() }
        try await pause()
        do {
            let result = try await body()
            try await resume()
            return result
        } catch {
            try await resume()
            throw error
        }
    }

    /// Nothing is left to do when it was unpaused or has ended meanwhile.
    private func resume() async throws {
        do {
            try await unpause()
        } catch let error as BerthError where !isPaused {
            services.logger.notice("container \(id): it needs no unpausing after its commit: \(error)")
        }
    }

    private func differ() async throws -> String {
        let snapshotter = record.detail.snapshotter
        let isDiffer = services.plugins.plugins(of: .differ).contains(snapshotter)
        guard isDiffer, try await services.plugins.capabilities(of: snapshotter).contains("diff") else {
            throw BerthError(
                .unimplemented, "the snapshotter \(snapshotter) cannot tell what a container has changed",
                object: "container \(id)", hint: "export works with every snapshotter")
        }
        return snapshotter
    }

    /// Where the runtime makes empty files and folders in the container's root, to mount on them.
    private var mountPoints: [String] {
        let own = record.detail.mounts.map(\.target) + (record.detail.config.mounts ?? []).map(\.target)
        return SystemPaths.mounts.map(\.destination) + SystemPaths.mountedFiles + own.map(ContainerPlan.normalized)
    }
}

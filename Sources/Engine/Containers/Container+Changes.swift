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
            let file = try Folder.open(record.detail.directory).makeUnnamed().shared()
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
            let frozen = pausing ? try await freeze() : nil
            do {
                let result = try await services.plugins.call(
                    request, on: differ, timeout: Self.diffTimeout, descriptors: [file])
                try await thaw(frozen)
                return result
            } catch {
                try await thaw(frozen)
                throw error
            }
        }
    }

    /// - Returns: nil for a container that does not run, or stands still already.
    private func freeze() async throws -> ShimClient? {
        guard record.phase == .running, record.status != .paused, let shim else { return nil }
        _ = try await shim.call(ShimPause())
        return shim
    }

    private func thaw(_ shim: ShimClient?) async throws {
        guard let shim else { return }
        do {
            _ = try await shim.call(ShimResume())
        } catch let error as BerthError where record.phase != .running {
            services.logger.notice("container \(id): it ended while it stood still: \(error)")
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

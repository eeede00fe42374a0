import BerthAPI
import ContentStore
import JSON
import LinuxSystem
import OCISpec

// A look into a running container from the host: processes and counters.

extension Container {
    /// The container's control group, as the bundle says.
    private func cgroup() throws -> Cgroup {
        if let knownCgroup { return knownCgroup }
        let spec = try JSON(parsing: try readFile("\(services.bundle(of: id))/config.json"))
        guard let path = spec["linux"]?["cgroupsPath"]?.string, !path.isEmpty else {
            throw refusal("has no control group")
        }
        let cgroup = try Cgroup(path, in: .detect())
        knownCgroup = cgroup
        return cgroup
    }

    /// Where to measure; nil for a container that does not run.
    func measured() throws -> MeasuredContainer? {
        guard record.phase == .running, let pid = record.detail.state.pid else { return nil }
        return MeasuredContainer(cgroup: try cgroup(), pid: CInt(truncatingIfNeeded: pid))
    }

    func top(_ arguments: [String]?) async throws -> ContainerTop.Result {
        _ = try runningShim()
        let cgroup = try cgroup()
        let listing = ProcessListing(arguments: arguments ?? ["-ef"])
        let result = try await services.threads.run { try listing.run(of: try cgroup.processes()) }
        await note(event("top"))
        return result
    }
}

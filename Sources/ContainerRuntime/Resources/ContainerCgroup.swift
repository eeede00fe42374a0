import LinuxSystem
import OCISpec

extension Cgroup {
    /// The group of a container, nil when the configuration names none. v1: without parts that nothing asks for, which
    /// each cost the kernel a group to make and to remove.
    static func of(_ spec: RuntimeSpec, id: String) throws(LaunchError) -> Cgroup? {
        guard let path = spec.linux?.cgroupsPath, !path.isEmpty else { return nil }
        let resources = spec.linux?.resources
        var left: [CgroupController] = []
        if resources?.cpu?.cpus == nil && resources?.cpu?.mems == nil { left.append(.cpuset) }
        if resources?.hugepageLimits == nil { left.append(.hugetlb) }
        return try named(path, leaving: left)
    }

    private static func named(_ path: String, leaving left: [CgroupController]) throws(LaunchError) -> Cgroup {
        do {
            return try Cgroup(path, in: CgroupLayout.detect(), leaving: left)
        } catch  where error.errno == .invalid {
            throw LaunchError(.invalid, "linux.cgroupsPath \(path) is not a path of a control group", error.errno)
        } catch {
            throw LaunchError(error, "control group \(path)")
        }
    }
}

import JSON
import LinuxSystem
import OCISpec

extension RuntimeSpec.Resources {
    /// Rules about devices alone are no reason to fail: without a group nobody loses any.
    fileprivate var setsNothing: Bool {
        var rest = self
        rest.devices = nil
        return rest == RuntimeSpec.Resources()
    }
}

extension Cgroup {
    /// The group of a container, nil when the configuration names none. v1: without parts that nothing asks for, which
    /// each cost the kernel a group to make and to remove.
    static func of(_ spec: RuntimeSpec, id: String) throws(LaunchError) -> Cgroup? {
        if let rdt = spec.linux?.intelRdt, !rdt.isNull {
            throw LaunchError(.unsupported, "linux.intelRdt: Intel RDT is not supported")
        }
        let resources = spec.linux?.resources
        guard let path = spec.linux?.cgroupsPath, !path.isEmpty else {
            guard resources.map({ $0.setsNothing }) ?? true else {
                throw LaunchError(
                    .invalid, "linux.resources sets limits, but there is no linux.cgroupsPath to set them on")
            }
            return nil
        }
        var left: [CgroupController] = []
        if resources?.cpu?.cpus == nil && resources?.cpu?.mems == nil { left.append(.cpuset) }
        if resources?.hugepageLimits == nil { left.append(.hugetlb) }
        if resources?.rdma == nil { left.append(.rdma) }
        if resources?.network?.classID == nil { left.append(.netCls) }
        if resources?.network?.priorities == nil { left.append(.netPrio) }
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

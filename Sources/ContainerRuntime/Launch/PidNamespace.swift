import LinuxSystem

enum PidNamespace {
    /// Clones into a pid namespace that exists: this process's children are born there for the time of the call, so that
    /// the new process is this one's own child, without one in between.
    static func cloneProcess(
        _ kinds: NamespaceKinds, inside namespace: SharedDescriptor?, cgroup: CInt?
    ) throws(SystemError) -> CloneSide {
        guard let namespace else { return try LinuxSystem.cloneProcess(kinds, cgroup: cgroup) }
        let own = try Namespace.open("/proc/self/ns/pid")
        try Namespace.join(namespace.raw, .pid)
        let side: CloneSide
        do {
            side = try LinuxSystem.cloneProcess(kinds, cgroup: cgroup)
        } catch {
            try Namespace.join(own.raw, .pid)
            throw error
        }
        switch consume side {
        case .child: return .child
        case .parent(let pid, let pidfd):
            try Namespace.join(own.raw, .pid)
            return .parent(pid: pid, pidfd: pidfd)
        }
    }
}

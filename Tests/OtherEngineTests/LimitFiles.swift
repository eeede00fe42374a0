import LinuxSystem

/// Where a container finds its limits below /sys/fs/cgroup, which depends on the host's version of control groups.
struct LimitFiles {
    let memory: String
    let processes: String
    /// Its first word is the microseconds of each period.
    let quota: String
    let processors: String

    private init(memory: String, processes: String, quota: String, processors: String) {
        self.memory = "/sys/fs/cgroup/\(memory)"
        self.processes = "/sys/fs/cgroup/\(processes)"
        self.quota = "/sys/fs/cgroup/\(quota)"
        self.processors = "/sys/fs/cgroup/\(processors)"
    }

    static func ofThisHost() throws -> LimitFiles {
        switch try CgroupLayout.detect().version {
        case .v1:
            LimitFiles(
                memory: "memory/memory.limit_in_bytes", processes: "pids/pids.max", quota: "cpu/cpu.cfs_quota_us",
                processors: "cpuset/cpuset.cpus")
        case .v2:
            LimitFiles(memory: "memory.max", processes: "pids.max", quota: "cpu.max", processors: "cpuset.cpus")
        }
    }
}

import LinuxSystem

/// The limits that a group has, to go back to when new ones are only half taken.
struct LimitSnapshot {
    /// What `update` can change, outer limits before those that they bound.
    private static let files: [(CgroupController, [String])] = [
        (
            .memory,
            [
                "memory.memsw.limit_in_bytes", "memory.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.max",
                "memory.swap.max", "memory.low",
            ]
        ),
        (.cpu, ["cpu.shares", "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.weight", "cpu.max"]),
        (.cpuset, ["cpuset.cpus", "cpuset.mems"]),
        (.pids, ["pids.max"]),
        (.blkio, ["blkio.bfq.weight", "blkio.weight", "io.bfq.weight", "io.weight"]),
    ]

    private struct Limit: Equatable {
        var controller: CgroupController
        var file: String
        var value: String
    }

    private let cgroup: Cgroup
    private let limits: [Limit]

    init(_ cgroup: Cgroup) throws(SystemError) {
        self.cgroup = cgroup
        limits = try Self.read(cgroup)
    }

    private static func read(_ cgroup: Cgroup) throws(SystemError) -> [Limit] {
        var limits: [Limit] = []
        for (controller, files) in files {
            for file in files {
                guard let text = try cgroup.read(controller, file) else { continue }
                let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
                limits.append(Limit(controller: controller, file: file, value: line))
            }
        }
        return limits
    }

    /// Writes back what is another now. The kernel checks one limit against the other, so that a second round can take
    /// what the first did not.
    func restore() throws(SystemError) {
        var failure: SystemError?
        for _ in 0..<2 {
            failure = nil
            let present = try Self.read(cgroup)
            for limit in limits where !present.contains(limit) {
                do throws(SystemError) {
                    try cgroup.open(limit.controller).write(limit.file, limit.value)
                } catch {
                    failure = error
                }
            }
            if failure == nil { return }
        }
        if let failure { throw failure }
    }
}

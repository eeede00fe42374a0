import LinuxSystem
import OCISpec

extension ResourcePlan {
    mutating func addProcessorTimeV1(_ cpu: RuntimeSpec.CPU?) {
        guard let cpu else { return }
        // An idle group has no shares to set.
        if cpu.idle == 0 { add(.cpu, "cpu.idle", "0") }
        add(.cpu, "cpu.shares", cpu.shares.unlessZero.map { "\($0)" })
        if let idle = cpu.idle, idle != 0 { add(.cpu, "cpu.idle", "\(idle)") }
        // The kernel checks each of these with the others: `apply` repeats what came too early.
        add(.cpu, "cpu.cfs_period_us", cpu.period.unlessZero.map { "\($0)" })
        add(.cpu, "cpu.cfs_quota_us", cpu.quota.unlessZero.map { "\($0)" })
        add(.cpu, "cpu.cfs_burst_us", cpu.burst.map { "\($0)" })
        add(.cpu, "cpu.rt_period_us", cpu.realtimePeriod.unlessZero.map { "\($0)" })
        add(.cpu, "cpu.rt_runtime_us", cpu.realtimeRuntime.unlessZero.map { "\($0)" })
    }

    mutating func addProcessorTimeV2(_ cpu: RuntimeSpec.CPU?) throws(LaunchError) {
        guard let cpu else { return }
        guard cpu.realtimePeriod.unlessZero == nil, cpu.realtimeRuntime.unlessZero == nil else {
            throw LaunchError(.unsupported, "cpu.realtimeRuntime and realtimePeriod: not possible under cgroup v2")
        }
        if cpu.idle == 0 { add(.cpu, "cpu.idle", "0") }
        add(.cpu, "cpu.weight", cpu.shares.unlessZero.map { "\(Self.weight(shares: $0))" })
        if let idle = cpu.idle, idle != 0 { add(.cpu, "cpu.idle", "\(idle)") }
        add(.cpu, "cpu.max", try quotaV2(cpu.quota.unlessZero, cpu.period.unlessZero))
        add(.cpu, "cpu.max.burst", cpu.burst.map { "\($0)" })
    }

    /// A quota alone keeps the period; a period alone is written with the quota that there is.
    private func quotaV2(_ quota: Int64?, _ period: UInt64?) throws(LaunchError) -> String? {
        let text = quota.map { $0 < 0 ? "max" : "\($0)" }
        guard let period else { return text }
        let now = try current(.cpu, "cpu.max")?.split(separator: " ").first.map(String.init)
        return "\(text ?? now ?? "max") \(period)"
    }

    /// 2…262144 onto 1…10000, as runc and crun convert.
    static func weight(shares: UInt64) -> UInt64 {
        1 + (min(max(shares, 2), 262_144) - 2) * 9_999 / 262_142
    }
}

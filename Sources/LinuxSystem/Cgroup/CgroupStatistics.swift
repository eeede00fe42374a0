/// What a group used, one snapshot.
public struct CgroupStatistics: Hashable, Sendable {
    /// Nanoseconds of all processors.
    public var cpuTotal: UInt64 = 0
    public var cpuUser: UInt64 = 0
    public var cpuSystem: UInt64 = 0
    /// Periods of the quota, those in which the group was held back, and for how long in all (nanoseconds).
    public var periods: UInt64 = 0
    public var throttledPeriods: UInt64 = 0
    public var throttledTime: UInt64 = 0
    /// Bytes.
    public var memoryUsage: UInt64 = 0
    public var memoryPeak: UInt64 = 0
    /// nil: no limit.
    public var memoryLimit: UInt64?
    /// Page cache that can be dropped at once; docker's `stats` takes it off the usage.
    public var memoryInactiveFile: UInt64 = 0
    public var oomKills: UInt64 = 0
    public var processes: UInt64 = 0
    /// nil: no limit.
    public var processLimit: UInt64?
    /// Bytes.
    public var ioRead: UInt64 = 0
    public var ioWritten: UInt64 = 0

    public init() {}
}

extension Cgroup {
    /// Reads the group's counters; those of a controller that the host has not stay 0.
    public func statistics() throws(SystemError) -> CgroupStatistics {
        layout.version == .v1 ? try statisticsV1() : try statisticsV2()
    }

    /// How often the kernel killed a process of the group for want of memory.
    public func oomKills() throws(SystemError) -> UInt64 {
        let (file, key) = layout.version == .v1 ? ("memory.oom_control", "oom_kill") : ("memory.events", "oom_kill")
        return try table(.memory, file)[key] ?? 0
    }

    private func statisticsV1() throws(SystemError) -> CgroupStatistics {
        var result = CgroupStatistics()
        let ticks: UInt64 = 10_000_000  // USER_HZ is 100 on every architecture that Linux supports today
        result.cpuTotal = try number(.cpuacct, "cpuacct.usage") ?? 0
        let times = try table(.cpuacct, "cpuacct.stat")
        result.cpuUser = (times["user"] ?? 0) * ticks
        result.cpuSystem = (times["system"] ?? 0) * ticks
        let quota = try table(.cpu, "cpu.stat")
        result.periods = quota["nr_periods"] ?? 0
        result.throttledPeriods = quota["nr_throttled"] ?? 0
        result.throttledTime = quota["throttled_time"] ?? 0
        result.memoryUsage = try number(.memory, "memory.usage_in_bytes") ?? 0
        result.memoryPeak = try number(.memory, "memory.max_usage_in_bytes") ?? 0
        // "No limit" is the highest number of whole pages.
        result.memoryLimit = try number(.memory, "memory.limit_in_bytes").flatMap { $0 < 1 << 62 ? $0 : nil }
        result.memoryInactiveFile = try table(.memory, "memory.stat")["total_inactive_file"] ?? 0
        result.oomKills = try oomKills()
        result.processes = try number(.pids, "pids.current") ?? 0
        result.processLimit = try number(.pids, "pids.max")
        for line in try read(.blkio, "blkio.throttle.io_service_bytes")?.split(separator: "\n") ?? [] {
            let fields = line.split(separator: " ")
            guard fields.count == 3, let bytes = UInt64(fields[2]) else { continue }
            if fields[1] == "Read" { result.ioRead += bytes }
            if fields[1] == "Write" { result.ioWritten += bytes }
        }
        return result
    }

    private func statisticsV2() throws(SystemError) -> CgroupStatistics {
        var result = CgroupStatistics()
        let cpu = try table(.cpu, "cpu.stat")
        result.cpuTotal = (cpu["usage_usec"] ?? 0) * 1000
        result.cpuUser = (cpu["user_usec"] ?? 0) * 1000
        result.cpuSystem = (cpu["system_usec"] ?? 0) * 1000
        result.periods = cpu["nr_periods"] ?? 0
        result.throttledPeriods = cpu["nr_throttled"] ?? 0
        result.throttledTime = (cpu["throttled_usec"] ?? 0) * 1000
        result.memoryUsage = try number(.memory, "memory.current") ?? 0
        result.memoryPeak = try number(.memory, "memory.peak") ?? 0
        result.memoryLimit = try number(.memory, "memory.max")
        result.memoryInactiveFile = try table(.memory, "memory.stat")["inactive_file"] ?? 0
        result.oomKills = try oomKills()
        result.processes = try number(.pids, "pids.current") ?? 0
        result.processLimit = try number(.pids, "pids.max")
        for word in try read(.blkio, "io.stat")?.words ?? [] {
            if word.hasPrefix("rbytes="), let bytes = UInt64(word.dropFirst(7)) { result.ioRead += bytes }
            if word.hasPrefix("wbytes="), let bytes = UInt64(word.dropFirst(7)) { result.ioWritten += bytes }
        }
        return result
    }

    /// A file of one number; nil for `max` and where there is none.
    private func number(_ controller: CgroupController, _ file: String) throws(SystemError) -> UInt64? {
        try read(controller, file).flatMap { UInt64($0.trimmed) }
    }

    /// A file of lines with a name and a number.
    private func table(_ controller: CgroupController, _ file: String) throws(SystemError) -> [String: UInt64] {
        var values: [String: UInt64] = [:]
        for line in try read(controller, file)?.split(separator: "\n") ?? [] {
            let fields = line.split(separator: " ")
            if fields.count == 2, let value = UInt64(fields[1]) { values[String(fields[0])] = value }
        }
        return values
    }
}

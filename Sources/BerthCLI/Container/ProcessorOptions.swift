import ArgumentParser
import BerthAPI

/// Limits of processor time.
struct ProcessorOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: ArgumentHelp("Number of CPUs", valueName: "decimal"))
    var cpus: String?
    @Option(
        name: [.customShort("c", allowingJoined: true), .customLong("cpu-shares")], parsing: .unconditional,
        help: ArgumentHelp("CPU shares (relative weight)", valueName: "weight"))
    var cpuShares: Int64?
    @Option(
        name: .customLong("cpu-quota"), parsing: .unconditional,
        help: ArgumentHelp("Limit CPU CFS (Completely Fair Scheduler) quota", valueName: "microseconds"))
    var cpuQuota: Int64?
    @Option(
        name: .customLong("cpu-period"), parsing: .unconditional,
        help: ArgumentHelp("Limit CPU CFS (Completely Fair Scheduler) period", valueName: "microseconds"))
    var cpuPeriod: Int64?
    @Option(
        name: .customLong("cpu-rt-runtime"), parsing: .unconditional,
        help: ArgumentHelp("Limit CPU real-time runtime", valueName: "microseconds"))
    var cpuRealtimeRuntime: Int64?
    @Option(
        name: .customLong("cpu-rt-period"), parsing: .unconditional,
        help: ArgumentHelp("Limit CPU real-time period", valueName: "microseconds"))
    var cpuRealtimePeriod: Int64?
    @Option(
        name: .customLong("cpuset-cpus"), parsing: .unconditional,
        help: ArgumentHelp("CPUs in which to allow execution (0-3, 0,1)", valueName: "list"))
    var cpusetCPUs: String?
    @Option(
        name: .customLong("cpuset-mems"), parsing: .unconditional,
        help: ArgumentHelp("MEMs in which to allow execution (0-3, 0,1)", valueName: "list"))
    var cpusetMems: String?

    func apply(to resources: inout Resources) throws {
        resources.nanoCPUs = try parseOne(cpus, of: "--cpus", CPUCount.parse)
        resources.cpuShares = cpuShares
        resources.cpuQuota = cpuQuota
        resources.cpuPeriod = cpuPeriod
        resources.cpuRealtimeRuntime = cpuRealtimeRuntime
        resources.cpuRealtimePeriod = cpuRealtimePeriod
        resources.cpusetCPUs = cpusetCPUs
        resources.cpusetMems = cpusetMems
    }
}

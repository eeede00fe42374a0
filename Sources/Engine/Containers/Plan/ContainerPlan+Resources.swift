import BerthAPI
import LinuxSystem

extension ContainerPlan {
    func checkResources() throws {
        if let parent = config.cgroupParent {
            let names = parent.split(separator: "/")
            guard !names.isEmpty, !names.contains(".."), !names.contains(".") else {
                throw invalid("invalid cgroup parent '\(parent)': a path without '.' and '..' expected")
            }
        }
        try config.resources?.validate()
    }
}

extension Resources {
    /// The least memory that a container can be started with, bytes.
    private static let leastMemory: Int64 = 6 << 20

    /// - Throws: `invalidArgument` for a limit that cannot be meant, or that this host cannot give.
    func validate() throws {
        try checkMemory()
        try checkProcessors()
        try checkRealtime()
        try checkSets()
        if let pids, pids < -1 { throw invalid("invalid pids limit \(pids)") }
        try checkBlockIO()
    }

    private func invalid(_ message: String) -> BerthError { BerthError(.invalidArgument, message) }

    private func checkMemory() throws {
        if let memory, memory != 0, memory < Self.leastMemory {
            throw invalid("minimum memory limit allowed is 6MB, \(memory) bytes were asked for")
        }
        if let swap = memorySwap, swap != 0 {
            guard swap >= -1 else { throw invalid("invalid memory-swap limit \(swap)") }
            if swap > 0 {
                guard let memory, memory > 0 else {
                    throw invalid("you should always set the memory limit when using the memory-swap limit")
                }
                guard swap >= memory else {
                    throw invalid("minimum memory-swap limit should be larger than the memory limit")
                }
            }
        }
        if let reservation = memoryReservation, reservation != 0 {
            guard reservation >= Self.leastMemory else {
                throw invalid("minimum memory reservation allowed is 6MB, \(reservation) bytes were asked for")
            }
            if let memory, memory > 0, memory < reservation {
                throw invalid("minimum memory limit can not be less than memory reservation limit")
            }
        }
        if let swappiness = memorySwappiness, !(-1...100).contains(swappiness) {
            throw invalid("invalid value: \(swappiness), valid memory swappiness range is 0-100")
        }
    }

    private func checkProcessors() throws {
        if let cpus = nanoCPUs, cpus != 0 {
            if (cpuPeriod ?? 0) != 0 {
                throw invalid("conflicting options: Nano CPUs and CPU Period cannot both be set")
            }
            if (cpuQuota ?? 0) != 0 {
                throw invalid("conflicting options: Nano CPUs and CPU Quota cannot both be set")
            }
            let count = Host.processors
            guard cpus >= 10_000_000, cpus <= Int64(count) * 1_000_000_000 else {
                throw invalid("range of CPUs is from 0.01 to \(count).00, as there are only \(count) CPUs available")
            }
        }
        if let shares = cpuShares, shares != 0, !(2...262_144).contains(shares) {
            throw invalid("invalid CPU shares \(shares): from 2 to 262144")
        }
        if let period = cpuPeriod, period != 0, !(1000...1_000_000).contains(period) {
            throw invalid("CPU cfs period cannot be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
        }
        if let quota = cpuQuota, quota != 0, quota != -1, quota < 1000 {
            throw invalid("CPU cfs quota cannot be less than 1ms (i.e. 1000)")
        }
    }

    private func checkRealtime() throws {
        let runtime = cpuRealtimeRuntime ?? 0
        let period = cpuRealtimePeriod ?? 0
        guard runtime >= 0, period >= 0 else {
            throw invalid("cpu real-time runtime and period cannot be negative")
        }
        if runtime != 0, period != 0, runtime > period {
            throw invalid("cpu real-time runtime cannot be higher than cpu real-time period")
        }
    }

    private func checkSets() throws {
        let sets = [
            (cpusetCPUs, "CPUs", "cpus", "/sys/devices/system/cpu/online"),
            (cpusetMems, "memory nodes", "mems", "/sys/devices/system/node/online"),
        ]
        for (list, what, name, file) in sets {
            guard let list, !list.isEmpty else { continue }
            guard let wanted = NumberSet(list) else { throw invalid("invalid value \(list) for cpuset \(name)") }
            // A host without nodes has one, 0.
            let online = (try? readFile(file, limit: 4096)).map { String(decoding: $0, as: UTF8.self) } ?? "0"
            guard let available = NumberSet(online), available.contains(wanted) else {
                throw invalid(
                    "requested \(what) are not available - requested \(list), available: "
                        + online.filter { !$0.isWhitespace })
            }
        }
    }

    private func checkBlockIO() throws {
        for weight in [blockIOWeight ?? 0] + (blockIOWeightDevices ?? []).map(\.weight)
        where weight != 0 && !(10...1000).contains(weight) {
            throw invalid("range of blkio weight is from 10 to 1000")
        }
        let rates = [deviceReadRates, deviceWriteRates, deviceReadOperations, deviceWriteOperations]
        let paths = (blockIOWeightDevices ?? []).map(\.path) + rates.flatMap { ($0 ?? []).map(\.path) }
        for path in paths { _ = try BlockDevice(path) }
    }
}

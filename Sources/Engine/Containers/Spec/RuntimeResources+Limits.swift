import BerthAPI
import OCISpec

extension RuntimeSpec.Resources {
    /// Microseconds, of processor time limits that say none.
    private static let defaultPeriod: UInt64 = 100_000

    /// A container's limits as its runtime takes them; 0 and what is absent are no limits.
    ///
    /// - Throws: `invalidArgument` for a block device that is not there.
    init(_ limits: Resources) throws {
        self.init()
        memory = Self.memory(limits)
        cpu = Self.cpu(limits)
        if let pids = limits.pids, pids > 0 { self.pids = .init(limit: pids) }
        blockIO = try Self.blockIO(limits)
    }

    private static func memory(_ limits: Resources) -> RuntimeSpec.Memory? {
        var memory = RuntimeSpec.Memory()
        let limit = limits.memory.nonZero
        memory.limit = limit
        // Unless said, as much swap as memory: docker's rule.
        memory.swap = limits.memorySwap.nonZero ?? limit.map { $0.multipliedSaturating(by: 2) }
        memory.reservation = limits.memoryReservation.nonZero
        memory.swappiness = limits.memorySwappiness.flatMap { $0 < 0 ? nil : UInt64($0) }
        if limits.oomKillDisable == true { memory.disableOOMKiller = true }
        return memory == RuntimeSpec.Memory() ? nil : memory
    }

    private static func cpu(_ limits: Resources) -> RuntimeSpec.CPU? {
        var cpu = RuntimeSpec.CPU()
        cpu.shares = limits.cpuShares.nonZero.map { UInt64(clamping: $0) }
        if let count = limits.nanoCPUs.nonZero {
            cpu.quota = count / 10_000
            cpu.period = defaultPeriod
        } else {
            cpu.quota = limits.cpuQuota.nonZero
            cpu.period = limits.cpuPeriod.nonZero.map { UInt64(clamping: $0) }
        }
        cpu.realtimeRuntime = limits.cpuRealtimeRuntime.nonZero
        cpu.realtimePeriod = limits.cpuRealtimePeriod.nonZero.map { UInt64(clamping: $0) }
        cpu.cpus = limits.cpusetCPUs.flatMap { $0.isEmpty ? nil : $0 }
        cpu.mems = limits.cpusetMems.flatMap { $0.isEmpty ? nil : $0 }
        return cpu == RuntimeSpec.CPU() ? nil : cpu
    }

    private static func blockIO(_ limits: Resources) throws -> RuntimeSpec.BlockIO? {
        var io = RuntimeSpec.BlockIO()
        if let weight = limits.blockIOWeight, weight != 0 { io.weight = UInt16(clamping: weight) }
        io.weightDevice = try limits.blockIOWeightDevices?.filter { $0.weight != 0 }.map { entry in
            let device = try BlockDevice(entry.path)
            return .init(major: device.major, minor: device.minor, weight: UInt16(clamping: entry.weight))
        }
        io.throttleReadBpsDevice = try throttles(limits.deviceReadRates)
        io.throttleWriteBpsDevice = try throttles(limits.deviceWriteRates)
        io.throttleReadIOPSDevice = try throttles(limits.deviceReadOperations)
        io.throttleWriteIOPSDevice = try throttles(limits.deviceWriteOperations)
        return io == RuntimeSpec.BlockIO() ? nil : io
    }

    private static func throttles(_ rates: [DeviceRate]?) throws -> [RuntimeSpec.ThrottleDevice]? {
        try rates?.map { entry in
            let device = try BlockDevice(entry.path)
            return .init(major: device.major, minor: device.minor, rate: entry.rate)
        }
    }
}

extension Int64? {
    fileprivate var nonZero: Int64? { self == 0 ? nil : self }
}

extension Int64 {
    fileprivate func multipliedSaturating(by factor: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}

import LinuxSystem
import OCISpec

extension ResourcePlan {
    /// What no kernel takes, said by the configuration's names.
    static func check(_ resources: RuntimeSpec.Resources) throws(LaunchError) {
        if let cpu = resources.cpu { try check(cpu) }
        if let swappiness = resources.memory?.swappiness, swappiness > 100 {
            throw LaunchError(.invalid, "memory.swappiness \(swappiness) is not from 0 to 100")
        }
        for (name, value) in [("limit", resources.memory?.limit), ("reservation", resources.memory?.reservation)] {
            if let value, value < -1 { throw LaunchError(.invalid, "memory.\(name) \(value) is no number of bytes") }
        }
        if let memory = resources.memory, let limit = memory.limit, limit > 0 {
            if let both = memory.swap, both > 0, both < limit {
                throw LaunchError(
                    .invalid, "memory.swap \(both), of memory and swap together, is below memory.limit \(limit)")
            }
            guard limit >= leastMemory else {
                throw LaunchError(
                    .invalid, "memory.limit \(limit) is too little to start a process: at least \(leastMemory) bytes")
            }
        }
        for device in resources.devices ?? [] { try check(device) }
    }

    /// What the kernel takes for a process from its clone to its exec.
    static let leastMemory: Int64 = 512 << 10

    private static func check(_ cpu: RuntimeSpec.CPU) throws(LaunchError) {
        if let quota = cpu.quota.unlessZero, quota < -1 || (1..<1000).contains(quota) {
            throw LaunchError(
                .invalid, "cpu.quota \(quota) is below 1000 microseconds, the least that the kernel gives")
        }
        if let period = cpu.period.unlessZero, !(1000...1_000_000).contains(period) {
            throw LaunchError(.invalid, "cpu.period \(period) is not from 1000 to 1000000 microseconds")
        }
        if let idle = cpu.idle, idle != 0, idle != 1 {
            throw LaunchError(.invalid, "cpu.idle \(idle) is neither 0 nor 1")
        }
        for (name, list) in [("cpus", cpu.cpus), ("mems", cpu.mems)] {
            if let list, !list.isEmpty, !list.allSatisfy({ $0.isASCII && ($0.isNumber || ",- ".contains($0)) }) {
                throw LaunchError(.invalid, "cpu.\(name) \(list) is no list such as 0-2,5")
            }
        }
    }

    private static func check(_ device: RuntimeSpec.DeviceRule) throws(LaunchError) {
        guard ["a", "b", "c"].contains(device.type ?? "a") else {
            throw LaunchError(.invalid, "linux.resources.devices: type \(device.type ?? "") is none of a, b, c")
        }
        guard (device.access ?? "rwm").allSatisfy({ "rwm".contains($0) }) else {
            throw LaunchError(.invalid, "linux.resources.devices: access \(device.access ?? "") is not of r, w, m")
        }
    }
}

import LinuxSystem
import OCISpec

/// Limits of the configuration as writes to a group's files, in the order in which the kernel takes them.
struct ResourceFiles {
    struct Write: Equatable {
        var controller: CgroupController
        var file: String
        var value: String

        func perform(_ folder: borrowing KernelFolder) throws(LaunchError) {
            do {
                try folder.write(file, value)
            } catch  where error.errno == .noEntry {
                throw LaunchError(
                    .unsupported, "this host's control groups have no \(file), which the limits ask for", error.errno)
            } catch {
                throw LaunchError(error, "limit \(file) = \(value)")
            }
        }
    }

    private(set) var writes: [Write] = []

    init(_ resources: RuntimeSpec.Resources, _ version: CgroupLayout.Version) throws(LaunchError) {
        switch version {
        case .v1:
            memoryV1(resources.memory)
            cpuV1(resources.cpu)
            devicesV1(resources.devices ?? [])
        case .v2:
            try memoryV2(resources.memory)
            cpuV2(resources.cpu)
            for (file, value) in (resources.unified ?? [:]).sorted(by: { $0.key < $1.key }) {
                guard !file.contains("/"), file.contains(".") else {
                    throw LaunchError(.invalid, "linux.resources.unified: \(file) is no file of a control group")
                }
                add(.memory, file, value)
            }
        }
        if let pids = resources.pids { add(.pids, "pids.max", pids.limit > 0 ? "\(pids.limit)" : "max") }
        blockIO(resources.blockIO, version)
        for page in resources.hugepageLimits ?? [] {
            let file = version == .v1 ? "limit_in_bytes" : "max"
            add(.hugetlb, "hugetlb.\(page.pageSize).\(file)", "\(page.limit)")
        }
    }

    private mutating func add(_ controller: CgroupController, _ file: String, _ value: String?) {
        if let value { writes.append(Write(controller: controller, file: file, value: value)) }
    }

    private mutating func memoryV1(_ memory: RuntimeSpec.Memory?) {
        guard let memory else { return }
        add(.memory, "memory.limit_in_bytes", memory.limit.map { "\($0)" })
        add(.memory, "memory.memsw.limit_in_bytes", memory.swap.flatMap { $0 != 0 ? "\($0)" : nil })
        add(.memory, "memory.soft_limit_in_bytes", memory.reservation.map { "\($0)" })
        add(.memory, "memory.swappiness", memory.swappiness.map { "\($0)" })
        add(.memory, "memory.oom_control", memory.disableOOMKiller == true ? "1" : nil)
    }

    /// v2 counts swap alone; the configuration counts memory and swap together.
    private mutating func memoryV2(_ memory: RuntimeSpec.Memory?) throws(LaunchError) {
        guard let memory else { return }
        add(.memory, "memory.max", memory.limit.map { Self.amount($0) })
        if let swap = memory.swap, swap != 0 {
            guard swap > 0 else { return add(.memory, "memory.swap.max", "max") }
            guard let limit = memory.limit, swap >= limit else {
                throw LaunchError(.invalid, "memory.swap \(swap) is less than memory.limit \(memory.limit ?? 0)")
            }
            add(.memory, "memory.swap.max", "\(swap - limit)")
        }
        add(.memory, "memory.low", memory.reservation.map { Self.amount($0) })
    }

    private mutating func cpuV1(_ cpu: RuntimeSpec.CPU?) {
        guard let cpu else { return }
        add(.cpu, "cpu.shares", cpu.shares.flatMap { $0 != 0 ? "\($0)" : nil })
        add(.cpu, "cpu.cfs_period_us", cpu.period.flatMap { $0 != 0 ? "\($0)" : nil })
        add(.cpu, "cpu.cfs_quota_us", cpu.quota.flatMap { $0 != 0 ? "\($0)" : nil })
        add(.cpu, "cpu.cfs_burst_us", cpu.burst.map { "\($0)" })
        add(.cpu, "cpu.idle", cpu.idle.map { "\($0)" })
        addProcessorSets(cpu)
    }

    private mutating func cpuV2(_ cpu: RuntimeSpec.CPU?) {
        guard let cpu else { return }
        add(.cpu, "cpu.weight", cpu.shares.flatMap { $0 != 0 ? "\(Self.weight(shares: $0))" : nil })
        let quota = cpu.quota ?? 0
        let period = cpu.period ?? 0
        if quota != 0 || period != 0 {
            add(.cpu, "cpu.max", "\(quota > 0 ? "\(quota)" : "max") \(period != 0 ? period : 100_000)")
        }
        add(.cpu, "cpu.max.burst", cpu.burst.map { "\($0)" })
        add(.cpu, "cpu.idle", cpu.idle.map { "\($0)" })
        addProcessorSets(cpu)
    }

    private mutating func addProcessorSets(_ cpu: RuntimeSpec.CPU) {
        add(.cpuset, "cpuset.cpus", cpu.cpus.flatMap { $0.isEmpty ? nil : $0 })
        add(.cpuset, "cpuset.mems", cpu.mems.flatMap { $0.isEmpty ? nil : $0 })
    }

    /// 2…262144 onto 1…10000, as runc and crun convert.
    static func weight(shares: UInt64) -> UInt64 {
        1 + (min(max(shares, 2), 262_144) - 2) * 9_999 / 262_142
    }

    private static func amount(_ bytes: Int64) -> String { bytes < 0 ? "max" : "\(bytes)" }

    private mutating func devicesV1(_ rules: [RuntimeSpec.DeviceRule]) {
        for rule in rules {
            let number = { (value: Int64?) in value.flatMap { $0 < 0 ? nil : "\($0)" } ?? "*" }
            let type = rule.type ?? "a"
            // The kernel takes "a" alone for everything.
            let value =
                type == "a"
                ? "a" : "\(type) \(number(rule.major)):\(number(rule.minor)) \(rule.access ?? "rwm")"
            add(.devices, rule.allow ? "devices.allow" : "devices.deny", value)
        }
    }

    private mutating func blockIO(_ io: RuntimeSpec.BlockIO?, _ version: CgroupLayout.Version) {
        guard let io else { return }
        let throttles: [([RuntimeSpec.ThrottleDevice]?, v1: String, v2: String)] = [
            (io.throttleReadBpsDevice, "blkio.throttle.read_bps_device", "rbps"),
            (io.throttleWriteBpsDevice, "blkio.throttle.write_bps_device", "wbps"),
            (io.throttleReadIOPSDevice, "blkio.throttle.read_iops_device", "riops"),
            (io.throttleWriteIOPSDevice, "blkio.throttle.write_iops_device", "wiops"),
        ]
        for (devices, v1, v2) in throttles {
            for device in devices ?? [] {
                let number = "\(device.major):\(device.minor)"
                add(
                    .blkio, version == .v1 ? v1 : "io.max",
                    version == .v1 ? "\(number) \(device.rate)" : "\(number) \(v2)=\(device.rate)")
            }
        }
        guard let weight = io.weight, weight != 0 else { return }
        // v1: 10…1000; v2: 1…10000.
        add(.blkio, version == .v1 ? "blkio.bfq.weight" : "io.bfq.weight", "\(weight)")
    }
}

extension Cgroup {
    /// Writes the limits. A controller or file that the host has not is an error that says so.
    func apply(_ resources: RuntimeSpec.Resources) throws(LaunchError) {
        var rest = try ResourceFiles(resources, layout.version).writes[...]
        while let controller = rest.first?.controller {
            let run = rest.prefix { $0.controller == controller }
            rest = rest.dropFirst(run.count)
            let folder = try during("limits of \(controller.rawValue)") { () throws(SystemError) in
                try open(controller)
            }
            for write in run { try write.perform(folder) }
        }
    }
}

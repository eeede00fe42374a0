import LinuxSystem
import OCISpec

/// Limits of the configuration (config-linux.md, "Control Groups") as writes to a group's files.
struct ResourcePlan {
    typealias Reader = (CgroupController, String) throws(LaunchError) -> String?

    private(set) var writes: [ResourceWrite] = []
    /// v2: the list of devices as a program, when the configuration has one.
    private(set) var deviceProgram: DeviceProgram?
    /// What a file of the group holds now; nil where there is none.
    let current: Reader

    init(
        _ resources: RuntimeSpec.Resources, _ version: CgroupLayout.Version,
        current: @escaping Reader = { _, _ in nil }
    ) throws(LaunchError) {
        self.current = current
        try Self.check(resources)
        switch version {
        case .v1:
            try addMemoryV1(resources.memory)
            addProcessorTimeV1(resources.cpu)
            addDeviceRules(resources.devices ?? [])
            try refuseUnified(resources.unified ?? [:])
            addNetwork(resources.network)
        case .v2:
            try addMemoryV2(resources.memory)
            try addProcessorTimeV2(resources.cpu)
            if let rules = resources.devices, !rules.isEmpty { deviceProgram = try DeviceProgram(rules.completed) }
        }
        addProcessorSets(resources.cpu)
        if let pids = resources.pids, pids.limit != 0 {
            add(.pids, "pids.max", pids.limit > 0 ? "\(pids.limit)" : "max")
        }
        try addBlockIO(resources.blockIO, version)
        try addHugePages(resources.hugepageLimits ?? [], version)
        addRemoteMemory(resources.rdma ?? [:])
        // Last: what is given in the kernel's own words wins.
        if version == .v2 { try addUnified(resources.unified ?? [:]) }
    }

    var controllers: Set<CgroupController> { Set(writes.map(\.controller)) }

    mutating func add(_ controller: CgroupController, _ file: String, _ value: String?) {
        if let value { writes.append(ResourceWrite(controller: controller, file: file, value: value)) }
    }

    mutating func add(_ write: ResourceWrite) { writes.append(write) }

    private mutating func addProcessorSets(_ cpu: RuntimeSpec.CPU?) {
        add(.cpuset, "cpuset.cpus", cpu?.cpus.flatMap { $0.isEmpty ? nil : $0 })
        add(.cpuset, "cpuset.mems", cpu?.mems.flatMap { $0.isEmpty ? nil : $0 })
    }

    private mutating func addHugePages(
        _ limits: [RuntimeSpec.HugepageLimit], _ version: CgroupLayout.Version
    ) throws(LaunchError) {
        let file = version == .v1 ? "limit_in_bytes" : "max"
        for page in limits {
            let digits = page.pageSize.prefix { $0.isNumber }
            guard !digits.isEmpty, digits.first != "0",
                ["KB", "MB", "GB"].contains(page.pageSize.dropFirst(digits.count))
            else {
                throw LaunchError(
                    .invalid, "linux.resources.hugepageLimits: \(page.pageSize) is no page size such as 2MB")
            }
            add(.hugetlb, "hugetlb.\(page.pageSize).\(file)", "\(page.limit)")
            // Also what is set aside without being used, since Linux 5.7.
            add(
                ResourceWrite(
                    controller: .hugetlb, file: "hugetlb.\(page.pageSize).rsvd.\(file)", value: "\(page.limit)",
                    isOptional: true))
        }
    }

    private mutating func addRemoteMemory(_ devices: [String: RuntimeSpec.RDMA]) {
        for (device, limit) in devices.sorted(by: { $0.key < $1.key }) {
            let handles = "hca_handle=\(limit.hcaHandles.map { "\($0)" } ?? "max")"
            let objects = "hca_object=\(limit.hcaObjects.map { "\($0)" } ?? "max")"
            add(.rdma, "rdma.max", "\(device) \(handles) \(objects)")
        }
    }

    private mutating func addNetwork(_ network: RuntimeSpec.NetworkResources?) {
        add(.netCls, "net_cls.classid", network?.classID.map { "\($0)" })
        for priority in network?.priorities ?? [] {
            add(.netPrio, "net_prio.ifpriomap", "\(priority.name) \(priority.priority)")
        }
    }

    private func refuseUnified(_ values: [String: String]) throws(LaunchError) {
        guard values.isEmpty else {
            throw LaunchError(.unsupported, "linux.resources.unified needs cgroup v2, and this host has v1")
        }
    }

    private mutating func addUnified(_ values: [String: String]) throws(LaunchError) {
        for (file, value) in values.sorted(by: { $0.key < $1.key }) {
            guard !file.contains("/"), file.contains("."), !file.hasPrefix(".") else {
                throw LaunchError(.invalid, "linux.resources.unified: \(file) is no file of a control group")
            }
            // The kernel takes one line with each write. v2 has all files in one folder, whatever the controller.
            for line in value.split(separator: "\n") { add(.memory, file, String(line)) }
        }
    }
}

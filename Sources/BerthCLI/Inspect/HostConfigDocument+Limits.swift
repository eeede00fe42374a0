import BerthAPI
import JSON

extension HostConfigDocument {
    private static let defaultSharedMemory: Int64 = 64 << 20

    var namespaces: JSON {
        let request = config.namespaces ?? NamespaceRequest()
        return [
            "CgroupnsMode": JSON(request.cgroup ?? "private"),
            "IpcMode": JSON(request.ipc ?? "private"),
            "PidMode": JSON(request.pid ?? ""),
            "UTSMode": JSON(request.uts ?? ""),
            "UsernsMode": JSON(request.user ?? ""),
        ]
    }

    var limits: JSON {
        let resources = config.resources ?? Resources()
        return [
            "CpuShares": JSON(resources.cpuShares ?? 0),
            "CpuPeriod": JSON(resources.cpuPeriod ?? 0),
            "CpuQuota": JSON(resources.cpuQuota ?? 0),
            "CpuRealtimePeriod": JSON(resources.cpuRealtimePeriod ?? 0),
            "CpuRealtimeRuntime": JSON(resources.cpuRealtimeRuntime ?? 0),
            "CpusetCpus": JSON(resources.cpusetCPUs ?? ""),
            "CpusetMems": JSON(resources.cpusetMems ?? ""),
            "NanoCpus": JSON(resources.nanoCPUs ?? 0),
            "Memory": JSON(resources.memory ?? 0),
            "MemoryReservation": JSON(resources.memoryReservation ?? 0),
            "MemorySwap": JSON(swap(resources)),
            "MemorySwappiness": resources.memorySwappiness.map { JSON($0) } ?? .null,
            "OomKillDisable": JSON(resources.oomKillDisable ?? false),
            "OomScoreAdj": JSON(config.oomScoreAdjustment ?? 0),
            "PidsLimit": resources.pids.map { JSON($0) } ?? .null,
            "ShmSize": JSON(config.sharedMemory.flatMap { $0 > 0 ? $0 : nil } ?? Self.defaultSharedMemory),
            "CgroupParent": JSON(config.cgroupParent ?? ""),
            "Ulimits": config.ulimits.map { .array($0.map(ulimit)) } ?? .null,
            "Sysctls": .map(config.sysctls ?? [:]),
        ]
    }

    /// Unless said, as much swap as memory.
    private func swap(_ resources: Resources) -> Int64 {
        if let swap = resources.memorySwap, swap != 0 { return swap }
        let (twice, overflow) = (resources.memory ?? 0).multipliedReportingOverflow(by: 2)
        return overflow ? .max : twice
    }

    private func ulimit(_ limit: Ulimit) -> JSON {
        ["Name": JSON(limit.name), "Hard": JSON(limit.hard), "Soft": JSON(limit.soft)]
    }

    var blockIO: JSON {
        let resources = config.resources ?? Resources()
        let weights = resources.blockIOWeightDevices?.map { entry -> JSON in
            ["Path": JSON(entry.path), "Weight": JSON(entry.weight)]
        }
        return [
            "BlkioWeight": JSON(resources.blockIOWeight ?? 0),
            "BlkioWeightDevice": .array(weights ?? []),
            "BlkioDeviceReadBps": rates(resources.deviceReadRates),
            "BlkioDeviceWriteBps": rates(resources.deviceWriteRates),
            "BlkioDeviceReadIOps": rates(resources.deviceReadOperations),
            "BlkioDeviceWriteIOps": rates(resources.deviceWriteOperations),
        ]
    }

    private func rates(_ rates: [DeviceRate]?) -> JSON {
        .array((rates ?? []).map { ["Path": JSON($0.path), "Rate": JSON(Int64(clamping: $0.rate))] })
    }

    var devices: JSON {
        let devices = (config.devices ?? []).map { device -> JSON in
            [
                "PathOnHost": JSON(device.source), "PathInContainer": JSON(device.target),
                "CgroupPermissions": JSON(device.permissions),
            ]
        }
        return ["Devices": .array(devices), "DeviceCgroupRules": .list(config.deviceRules), "DeviceRequests": .null]
    }
}

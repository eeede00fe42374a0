/// Limits; absent means none.
public struct Resources: Codable, Hashable, Sendable {
    /// Bytes; at least 6 MiB.
    public var memory: Int64?
    /// Memory and swap together, bytes; −1 is unlimited. As much swap as memory unless said.
    public var memorySwap: Int64?
    /// Bytes that the container keeps when the host runs short; at least 6 MiB, at most the limit.
    public var memoryReservation: Int64?
    /// 0 to 100; −1 is the host's own.
    public var memorySwappiness: Int64?
    /// Processes wait instead of being killed when the memory limit is reached.
    public var oomKillDisable: Bool?
    /// Processors times 10⁹ (docker's NanoCpus).
    public var nanoCPUs: Int64?
    /// Relative weight when processors are short, 2 to 262,144; 1,024 is the kernel's default.
    public var cpuShares: Int64?
    /// Microseconds of processor time in each period; −1 is unlimited.
    public var cpuQuota: Int64?
    /// Microseconds, 1,000 to 1,000,000.
    public var cpuPeriod: Int64?
    /// Microseconds of real-time scheduling in each real-time period.
    public var cpuRealtimeRuntime: Int64?
    /// Microseconds of a real-time period.
    public var cpuRealtimePeriod: Int64?
    /// Lists as in cpuset(7): `0-2,7`.
    public var cpusetCPUs: String?
    /// Memory nodes, as `cpusetCPUs`.
    public var cpusetMems: String?
    /// Processes; 0 or −1 is unlimited.
    public var pids: Int64?
    /// 10 to 1,000; 0 is the host's own.
    public var blockIOWeight: Int?
    /// In place of `blockIOWeight`, for single devices.
    public var blockIOWeightDevices: [DeviceWeight]?
    /// Bytes a second.
    public var deviceReadRates: [DeviceRate]?
    /// Bytes a second.
    public var deviceWriteRates: [DeviceRate]?
    /// Operations a second.
    public var deviceReadOperations: [DeviceRate]?
    /// Operations a second.
    public var deviceWriteOperations: [DeviceRate]?

    public init() {}
}

/// A limit of a block device.
public struct DeviceRate: Codable, Hashable, Sendable {
    /// The device's path on the host.
    public var path: String
    /// Per second.
    public var rate: UInt64

    public init(path: String, rate: UInt64) {
        self.path = path
        self.rate = rate
    }
}

/// The weight of a container at a block device.
public struct DeviceWeight: Codable, Hashable, Sendable {
    /// The device's path on the host.
    public var path: String
    /// 10 to 1,000.
    public var weight: Int

    public init(path: String, weight: Int) {
        self.path = path
        self.weight = weight
    }
}

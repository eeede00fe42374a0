import LinuxSystem
import OCISpec

extension ResourcePlan {
    mutating func addBlockIO(_ io: RuntimeSpec.BlockIO?, _ version: CgroupLayout.Version) throws(LaunchError) {
        guard let io else { return }
        let hasLeafWeight =
            io.leafWeight.unlessZero != nil
            || (io.weightDevice ?? []).contains { $0.leafWeight.unlessZero != nil }
        guard !hasLeafWeight else {
            throw LaunchError(.unsupported, "blockIO.leafWeight: Linux no longer has it")
        }
        if let weight = io.weight.unlessZero { addWeight(weight, "", version) }
        for device in io.weightDevice ?? [] {
            guard let weight = device.weight else { continue }
            addWeight(weight, "\(device.major):\(device.minor) ", version)
        }
        addThrottle(io.throttleReadBpsDevice, "blkio.throttle.read_bps_device", "rbps", version)
        addThrottle(io.throttleWriteBpsDevice, "blkio.throttle.write_bps_device", "wbps", version)
        addThrottle(io.throttleReadIOPSDevice, "blkio.throttle.read_iops_device", "riops", version)
        addThrottle(io.throttleWriteIOPSDevice, "blkio.throttle.write_iops_device", "wiops", version)
    }

    /// BFQ takes 1…1000 in both versions; the other weight of v2 takes 1…10000.
    private mutating func addWeight(_ weight: UInt16, _ device: String, _ version: CgroupLayout.Version) {
        let value = "\(device)\(weight)"
        switch version {
        case .v1:
            let (bfq, old) = device.isEmpty ? ("weight", "weight") : ("weight_device", "weight_device")
            add(
                ResourceWrite(
                    controller: .blkio, file: "blkio.bfq.\(bfq)", value: value,
                    otherwise: .init(file: "blkio.\(old)", value: value)))
        case .v2:
            add(
                ResourceWrite(
                    controller: .blkio, file: "io.bfq.weight", value: value,
                    otherwise: .init(
                        file: "io.weight", value: "\(device.isEmpty ? "default " : device)\(Self.weight(io: weight))")))
        }
    }

    /// 10…1000 onto 1…10000, as runc converts.
    static func weight(io weight: UInt16) -> UInt64 { 1 + (UInt64(max(weight, 10)) - 10) * 9_999 / 990 }

    private mutating func addThrottle(
        _ devices: [RuntimeSpec.ThrottleDevice]?, _ v1: String, _ v2: String, _ version: CgroupLayout.Version
    ) {
        for device in devices ?? [] {
            let number = "\(device.major):\(device.minor)"
            switch version {
            case .v1: add(.blkio, v1, "\(number) \(device.rate)")
            case .v2: add(.blkio, "io.max", "\(number) \(v2)=\(device.rate == 0 ? "max" : "\(device.rate)")")
            }
        }
    }
}

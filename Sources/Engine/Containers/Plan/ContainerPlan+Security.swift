import BerthAPI
import LinuxSystem

extension ContainerPlan {
    func checkSecurity() throws {
        _ = try CapabilitySet.resolve(config.security)
        guard let security = config.security else { return }
        for path in (security.maskedPaths ?? []) + (security.unmaskedPaths ?? []) where !path.hasPrefix("/") {
            throw invalid("invalid path '\(path)' in mask or unmask: an absolute path expected")
        }
        if let profile = security.apparmorProfile, profile != "unconfined", !profile.isEmpty,
            !fileExists("/sys/kernel/security/apparmor/profiles")
        {
            throw invalid("apparmor=\(profile): this host has no AppArmor")
        }
    }

    func checkDevices() throws {
        for device in config.devices ?? [] {
            guard device.source.hasPrefix("/"), device.target.hasPrefix("/") else {
                throw invalid("invalid device \(device.source): an absolute path expected")
            }
            guard !device.permissions.isEmpty, device.permissions.allSatisfy({ "rwm".contains($0) }) else {
                throw invalid("bad mode specified: \(device.permissions)")
            }
        }
        _ = try ContainerDevices(config)
    }

    func checkNetwork() throws {
        for host in config.network?.extraHosts ?? [] where !host.contains(":") {
            throw invalid("bad format for add-host: \"\(host)\": name:address expected")
        }
        for port in config.network?.ports ?? [] {
            let numbers = [port.containerPort, port.hostPort ?? 1, port.hostPortEnd ?? 1]
            guard (1...65_535).contains(port.containerPort), numbers.allSatisfy({ (0...65_535).contains($0) }) else {
                throw invalid("invalid port \(port.containerPort)")
            }
            guard ["tcp", "udp", "sctp"].contains(port.proto) else {
                throw invalid("invalid protocol \(port.proto) of port \(port.containerPort)")
            }
        }
    }
}

import BerthAPI
import JSON

/// What of a container concerns the host, as docker's `inspect` has it.
struct HostConfigDocument {
    private let detail: ContainerDetail
    var config: ContainerConfig { detail.config }

    init(_ detail: ContainerDetail) { self.detail = detail }

    var json: JSON {
        let network = config.network ?? NetworkRequest()
        return identity.merging(namespaces).merging(limits).merging(blockIO).merging(devices).merging([
            "CapAdd": .list(config.security?.capAdd),
            "CapDrop": .list(config.security?.capDrop),
            "Dns": .list(network.dns ?? []),
            "DnsOptions": .list(network.dnsOptions ?? []),
            "DnsSearch": .list(network.dnsSearch ?? []),
            "ExtraHosts": .list(network.extraHosts),
            "SecurityOpt": .list(securityOptions),
            "Tmpfs": tmpfs,
            "Init": JSON(config.initProcess ?? false),
        ])
    }

    private var identity: JSON {
        [
            "Binds": .list(binds),
            "ContainerIDFile": "",
            "LogConfig": ["Type": JSON(detail.logDriver), "Config": .map(config.log?.options ?? [:])],
            "NetworkMode": JSON(config.network?.network ?? detail.networks.first?.network ?? "default"),
            "PortBindings": portBindings,
            "RestartPolicy": [
                "Name": JSON((config.restartPolicy?.name ?? .no).rawValue),
                "MaximumRetryCount": JSON(config.restartPolicy?.maximumRetries ?? 0),
            ],
            "AutoRemove": JSON(config.autoRemove ?? false),
            "VolumeDriver": "",
            "VolumesFrom": .list(config.volumesFrom),
            "Links": .null,
            "ConsoleSize": [0, 0],
            "Isolation": "",
            "Annotations": .map(config.annotations ?? [:]),
            "GroupAdd": .list(config.groups),
            "PublishAllPorts": JSON(config.network?.publishAll ?? false),
            "ReadonlyRootfs": JSON(config.readOnlyRootfs ?? false),
            "Privileged": JSON(config.security?.privileged ?? false),
            "Runtime": JSON(config.runtime ?? "berth"),
        ]
    }

    private var binds: [String]? {
        let requests = (config.mounts ?? []).filter { $0.kind == .bind || ($0.kind == .volume && $0.source != nil) }
        return requests.map { "\($0.source ?? ""):\($0.target)" + ($0.readOnly ? ":ro" : "") }.nonEmpty
    }

    private var tmpfs: JSON {
        let requests = (config.mounts ?? []).filter { $0.kind == .tmpfs }
        return .object(requests.map { ($0.target, JSON(($0.tmpfsOptions ?? []).joined(separator: ","))) })
    }

    private var portBindings: JSON {
        var bindings: [String: [JSON]] = [:]
        for port in config.network?.ports ?? [] {
            bindings["\(port.containerPort)/\(port.proto)", default: []].append([
                "HostIp": JSON(port.hostAddress ?? ""), "HostPort": JSON(port.hostPort.map(String.init) ?? ""),
            ])
        }
        return .object(bindings.sorted { $0.key < $1.key }.map { ($0.key, .array($0.value)) })
    }

    private var securityOptions: [String]? {
        guard let security = config.security else { return nil }
        var options: [String] = []
        if let value = security.noNewPrivileges { options.append("no-new-privileges\(value ? "" : ":false")") }
        if let profile = security.seccompProfile { options.append("seccomp=\(profile)") }
        if let profile = security.apparmorProfile { options.append("apparmor=\(profile)") }
        if security.unmaskSystemPaths == true { options.append("systempaths=unconfined") }
        options += (security.labels ?? []).map { "label=\($0)" }
        for (key, paths) in [("mask", security.maskedPaths), ("unmask", security.unmaskedPaths)] {
            if let paths { options.append("\(key)=\(paths.joined(separator: ":"))") }
        }
        return options.nonEmpty
    }
}

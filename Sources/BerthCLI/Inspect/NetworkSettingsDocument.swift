import BerthAPI
import JSON

/// A container's networks, as docker's `inspect` has them.
struct NetworkSettingsDocument {
    private let detail: ContainerDetail

    init(_ detail: ContainerDetail) { self.detail = detail }

    var json: JSON {
        // docker shows the default network's values at the top as well.
        let first = detail.networks.first
        return [
            "Bridge": "",
            "SandboxID": "",
            "HairpinMode": false,
            "LinkLocalIPv6Address": "",
            "LinkLocalIPv6PrefixLen": 0,
            "SandboxKey": JSON(detail.state.pid.map { "/proc/\($0)/ns/net" } ?? ""),
            "Ports": ports,
            "SecondaryIPAddresses": .null,
            "SecondaryIPv6Addresses": .null,
            "EndpointID": JSON(first?.endpointID ?? ""),
            "Gateway": JSON(first?.gateway ?? ""),
            "GlobalIPv6Address": "",
            "GlobalIPv6PrefixLen": 0,
            "IPv6Gateway": "",
            "IPAddress": JSON(first?.address ?? ""),
            "IPPrefixLen": JSON(first?.prefixLength ?? 0),
            "MacAddress": JSON(first?.macAddress ?? ""),
            "Networks": .object(networks.map { ($0.network, endpoint($0)) }),
        ]
    }

    /// While it does not run, those that it will be on, without addresses.
    private var networks: [EndpointInfo] {
        guard detail.networks.isEmpty else { return detail.networks }
        return detail.networkNames.map { EndpointInfo(network: $0, networkID: "", endpointID: "") }
    }

    private func endpoint(_ endpoint: EndpointInfo) -> JSON {
        [
            "IPAMConfig": .null,
            "Links": .null,
            "Aliases": .list(detail.config.network?.aliases),
            "MacAddress": JSON(endpoint.macAddress ?? ""),
            "NetworkID": JSON(endpoint.networkID),
            "EndpointID": JSON(endpoint.endpointID),
            "Gateway": JSON(endpoint.gateway ?? ""),
            "IPAddress": JSON(endpoint.address ?? ""),
            "IPPrefixLen": JSON(endpoint.prefixLength ?? 0),
            "IPv6Gateway": "",
            "GlobalIPv6Address": "",
            "GlobalIPv6PrefixLen": 0,
            "DriverOpts": .null,
        ]
    }

    /// Exposed ports that are not published are null.
    private var ports: JSON {
        guard detail.state.status == .running || detail.state.status == .paused else { return [:] }
        var bindings: [String: [JSON]] = [:]
        for port in detail.networks.flatMap(\.ports) {
            bindings["\(port.containerPort)/\(port.proto)", default: []].append([
                "HostIp": JSON(port.hostAddress.isEmpty ? "0.0.0.0" : port.hostAddress),
                "HostPort": JSON("\(port.hostPort)"),
            ])
        }
        let names = Set(detail.exposedPorts).union(bindings.keys).sorted()
        return .object(names.map { ($0, bindings[$0].map { .array($0) } ?? .null) })
    }
}

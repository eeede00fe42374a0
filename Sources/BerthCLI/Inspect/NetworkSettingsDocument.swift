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
            "SandboxKey": JSON(detail.state.pid.map { "/proc/\($0)/ns/net" } ?? ""),
            "Ports": ports,
            "EndpointID": JSON(first?.endpointID ?? ""),
            "Gateway": JSON(first?.gateway ?? ""),
            "IPAddress": JSON(first?.address ?? ""),
            "IPPrefixLen": JSON(first?.prefixLength ?? 0),
            "MacAddress": JSON(first?.macAddress ?? ""),
            "Networks": .object(detail.networks.map { ($0.network, endpoint($0)) }),
        ]
    }

    private func endpoint(_ endpoint: EndpointInfo) -> JSON {
        [
            "Aliases": .list(detail.config.network?.aliases),
            "MacAddress": JSON(endpoint.macAddress ?? ""),
            "NetworkID": JSON(endpoint.networkID),
            "EndpointID": JSON(endpoint.endpointID),
            "Gateway": JSON(endpoint.gateway ?? ""),
            "IPAddress": JSON(endpoint.address ?? ""),
            "IPPrefixLen": JSON(endpoint.prefixLength ?? 0),
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

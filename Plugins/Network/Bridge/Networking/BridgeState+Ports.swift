import BerthAPI
import LinuxSystem

extension BridgeState {
    func reserve(
        _ demands: [PortDemand], target: IPv4Address
    ) throws(BerthError) -> [PublishedPort: PortReservation] {
        try PortReserver.reserve(demands, target: target) { transport, port in
            endpoints.first { _, endpoint in
                endpoint.record.ports.contains { $0.hostPort == Int(port) && $0.proto == transport.rawValue }
            }?.key
        }
    }

    /// Adds the elements of ports; all rules, if the table is not as it was left.
    mutating func publishRules(_ ports: some Collection<PublishedPort>) throws(BerthError) {
        if !firewall.publish(ports) { try assertRules() }
        forgetFlows(ports, published: true)
    }

    /// Flows that came before a port was published, or that go on after it was taken back.
    mutating func forgetFlows(_ ports: some Collection<PublishedPort>, published: Bool) {
        logged("stale flows are left") { state in try state.plumbing.forgetFlows(ports, published: published) }
    }

    /// Publishes ports of an endpoint. Those that are published already are answered as they are.
    mutating func publish(_ request: NetworkPublish) throws -> [PortBinding] {
        guard let endpoint = endpoints[request.endpoint] else { throw missing(endpoint: request.endpoint) }
        guard networks[endpoint.record.request.network]?.record.isInternal == false else {
            throw BerthError(.failedPrecondition, "ports of an internal network cannot be published")
        }
        let demands = try PortDemand.all(request.ports)
        let (known, new) = Self.split(demands, endpoint.ports)
        guard !new.isEmpty else { return known }
        let reservations = try reserve(new, target: endpoint.address)
        let added = reservations.keys.map(\.binding)
        try update(endpoint) { $0.record.ports = ($0.record.ports + added).sorted(by: PortBinding.order) }
        endpoints[request.endpoint]!.reservations.merge(reservations) { old, _ in old }
        do {
            try publishRules(reservations.keys)
        } catch {
            logged("ports are left half published") { state in
                _ = try state.unpublish(NetworkUnpublish(endpoint: request.endpoint, ports: added))
            }
            throw error
        }
        return (known + added).sorted(by: PortBinding.order)
    }

    /// Takes published ports back; those that are not published are passed over.
    mutating func unpublish(_ request: NetworkUnpublish) throws {
        guard let endpoint = endpoints[request.endpoint] else { return }
        let gone = Set(request.ports)
        let ports = endpoint.ports.filter { gone.contains($0.binding) }
        guard !ports.isEmpty else { return }
        try update(endpoint) { endpoint in
            endpoint.record.ports.removeAll { gone.contains($0) }
            for port in ports { endpoint.reservations[port] = nil }
        }
        if !firewall.unpublish(ports) { try assertRules() }
        forgetFlows(ports, published: false)
    }

    private mutating func update(_ endpoint: Endpoint, _ change: (inout Endpoint) -> Void) throws {
        var changed = endpoint
        change(&changed)
        try endpointRecords.save(changed.record, as: changed.record.link)
        endpoints[endpoint.record.request.endpoint] = changed
    }

    /// Which demands are met by ports that are published, each by one of its own.
    private static func split(
        _ demands: [PortDemand], _ published: [PublishedPort]
    ) -> (known: [PortBinding], new: [PortDemand]) {
        var free = Set(published)
        var known: [PortBinding] = []
        var new: [PortDemand] = []
        for demand in demands {
            if let match = free.first(where: demand.isMet) {
                free.remove(match)
                known.append(match.binding)
            } else {
                new.append(demand)
            }
        }
        return (known, new)
    }

    private func missing(endpoint key: String) -> BerthError {
        BerthError(.notFound, "the bridge driver has no endpoint \(quoted(key))", object: "endpoint \(key)")
    }
}

extension PortDemand {
    func isMet(by port: PublishedPort) -> Bool {
        port.transport == transport && port.hostAddress == hostAddress && port.targetPort == containerPort
            && (hostPorts == 0...0 || hostPorts.contains(port.hostPort))
    }
}

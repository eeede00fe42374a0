import BerthAPI
import LinuxSystem

extension BridgeState {
    // MARK: Attach

    /// Connects a sandbox. Repeated, it goes on where a crash cut it, and gives the same answer.
    mutating func attach(_ request: NetworkAttach, _ sandbox: NetworkNamespace) throws -> NetworkAttach.Result {
        let wanted = request.endpoint
        guard let network = networks[wanted.network] else { throw missing(network: wanted.network) }
        try plumbing.check(sandbox)
        if let existing = endpoints[wanted.endpoint] {
            guard existing.record.request == wanted else {
                throw BerthError(
                    .conflict, "endpoint \(quoted(wanted.endpoint)) is already attached with other settings")
            }
            try reconnect(existing, to: network, request.sandbox, sandbox)
        } else {
            try connectNew(try plan(request, on: network, sandbox), sandbox)
        }
        return result(of: endpoints[wanted.endpoint]!)
    }

    /// Chooses all that was not asked for, takes it, and writes it down.
    private mutating func plan(
        _ request: NetworkAttach, on network: Network, _ sandbox: NetworkNamespace
    ) throws -> Endpoint {
        let wanted = request.endpoint
        try EndpointDemand.check(key: wanted.endpoint)
        let demand = try EndpointDemand(wanted, on: network)
        var pool = network.pool
        let address = try takeAddress(demand, &pool)
        let mac = demand.macAddress ?? MACAddress(derivedFrom: address)
        let reservations = try reserve(demand.ports, target: address)
        let record = EndpointRecord(
            link: Plumbing.makeLinkName().rawValue, request: wanted, address: "\(address)", macAddress: "\(mac)",
            ports: reservations.keys.map(\.binding).sorted(by: PortBinding.order), sandbox: request.sandbox,
            sandboxInode: try sandbox.identity())
        var endpoint = try Endpoint(record)
        endpoint.reservations = reservations
        // Before its first effect: what is not written down could not be taken back after a crash.
        try endpointRecords.save(record, as: record.link)
        networks[wanted.network]!.pool = pool
        if demand.address == nil { try cursors.write(wanted.network, "\(address.rawValue)") }
        endpoints[wanted.endpoint] = endpoint
        return endpoint
    }

    private func takeAddress(_ demand: EndpointDemand, _ pool: inout AddressPool) throws(BerthError) -> IPv4Address {
        guard let address = demand.address else { return try pool.takeNext() }
        try pool.take(address)
        return address
    }

    private mutating func connectNew(_ endpoint: Endpoint, _ sandbox: NetworkNamespace) throws {
        do {
            try plumbing.connect(endpoint, to: networks[endpoint.record.request.network]!, sandbox)
            try publishRules(endpoint.reservations.keys)
        } catch {
            logged("endpoint \(endpoint.record.request.endpoint) is left half attached") { state in
                try state.detach(endpoint.record.request.endpoint)
            }
            throw conflictAware(error, endpoint)
        }
    }

    /// A new pair's near end has a name that nobody else has: what exists already is the far end's.
    private func conflictAware(_ error: any Error, _ endpoint: Endpoint) -> any Error {
        guard let refused = error as? NetlinkError, refused.errno == .exists else { return error }
        return BerthError(.conflict, "the sandbox already has an interface \(endpoint.interface)")
    }

    /// Makes sure that the endpoint is connected to this sandbox. One that was made for another, earlier sandbox
    /// keeps its address and ports and moves over.
    private mutating func reconnect(
        _ endpoint: Endpoint, to network: Network, _ path: String?, _ sandbox: NetworkNamespace
    ) throws {
        let link = try plumbing.link(endpoint.link)
        let inode = try sandbox.identity()
        if link != nil, endpoint.record.sandboxInode == inode {
            return try plumbing.configure(endpoint, on: network, sandbox)
        }
        var moved = endpoint
        moved.link = Plumbing.makeLinkName()
        moved.record.link = moved.link.rawValue
        moved.record.sandbox = path
        moved.record.sandboxInode = inode
        try endpointRecords.save(moved.record, as: moved.record.link)
        endpoints[endpoint.record.request.endpoint] = moved
        if let link { try letGo(link, endpoint) }
        try endpointRecords.remove(endpoint.record.link)
        try plumbing.connect(moved, to: network, sandbox)
    }

    /// Makes the link of an endpoint that has lost it, if its sandbox still lives.
    ///
    /// - Returns: false when it does not.
    mutating func repair(_ key: String) throws -> Bool {
        guard let endpoint = endpoints[key], let network = networks[endpoint.record.request.network] else {
            return false
        }
        if try plumbing.link(endpoint.link) != nil { return true }
        guard let path = endpoint.record.sandbox, let sandbox = try? NetworkNamespace(path: path),
            try sandbox.identity() == endpoint.record.sandboxInode
        else { return false }
        try plumbing.connect(endpoint, to: network, sandbox)
        return true
    }

    private func result(of endpoint: Endpoint) -> NetworkAttach.Result {
        let network = networks[endpoint.record.request.network]!
        let isInternal = network.record.isInternal
        return NetworkAttach.Result(
            address: "\(endpoint.address)/\(network.pool.subnet.prefix)",
            gateway: isInternal ? nil : network.record.gateway, macAddress: endpoint.record.macAddress,
            ports: endpoint.record.ports, dns: isInternal ? Resolver.none : Resolver.hostSettings())
    }

    // MARK: Detach

    /// Releases an endpoint; one that is gone succeeds. The record goes last.
    ///
    /// - Parameter sandboxIsEnding: its link is left to the kernel, which waits 12 to 20 ms when it deletes one.
    mutating func detach(_ key: String, sandboxIsEnding: Bool = false) throws {
        guard let endpoint = endpoints[key] else { return }
        if !firewall.unpublish(endpoint.ports) {
            endpoints[key]!.record.ports = []
            try assertRules()
        }
        forgetFlows(endpoint.ports, published: false)
        if sandboxIsEnding {
            reaper.watch(endpoint.link)
        } else if let link = try plumbing.link(endpoint.link) {
            try letGo(link, endpoint)
        }
        try endpointRecords.remove(endpoint.record.link)
        endpoints[key] = nil
        networks[endpoint.record.request.network]?.pool.release(endpoint.address)
    }

    /// Deletes a link, unless its sandbox is ending and takes the link with it.
    private mutating func letGo(_ link: Link, _ endpoint: Endpoint) throws {
        if try plumbing.isAlive(endpoint.record, link) {
            try plumbing.delete(.index(link.index))
        } else {
            reaper.watch(endpoint.link)
        }
    }
}

extension PortBinding {
    /// By container port, as `docker port` lists them.
    static func order(_ left: PortBinding, _ right: PortBinding) -> Bool {
        (left.containerPort, left.proto, left.hostAddress, left.hostPort)
            < (right.containerPort, right.proto, right.hostAddress, right.hostPort)
    }
}

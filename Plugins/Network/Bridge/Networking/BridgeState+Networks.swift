import BerthAPI
import LinuxSystem

extension BridgeState {
    /// Makes a network; one that is there is put in place again if the request agrees with it.
    mutating func create(_ request: NetworkDriverCreate) throws -> NetworkDriverCreate.Result {
        let settings = try NetworkSettings(request)
        if let existing = networks[settings.id] {
            if let difference = settings.conflict(with: existing.record) {
                throw BerthError(.conflict, "network \(settings.id) exists with \(difference)")
            }
            let index = try plumbing.ensureBridge(existing)
            try plumbing.assertBridge(existing, index: index)
            return existing.result
        }
        let network = try Network(plan(settings))
        try networkRecords.save(network.record, as: network.record.id)
        networks[settings.id] = network
        do {
            try putInPlace(network)
            return network.result
        } catch {
            undo(network)
            throw error
        }
    }

    private mutating func putInPlace(_ network: Network) throws {
        _ = try plumbing.ensureBridge(network)
        if !network.record.isInternal { try settings.enableForwarding() }
        try assertRules()
    }

    private mutating func undo(_ network: Network) {
        logged("network \(network.record.id) is left half made") { state in try state.removeFromHost(network) }
    }

    /// Chooses all that was not asked for.
    private mutating func plan(_ settings: NetworkSettings) throws -> NetworkRecord {
        let taken = try takenSubnets(settings.id)
        if let subnet = settings.subnet { try checkFree(subnet, taken: taken) }
        let subnet = try settings.subnet ?? chooseSubnet(configuration.pools, taken: taken)
        return NetworkRecord(
            id: settings.id, name: settings.name, subnet: "\(subnet)",
            gateway: "\(settings.gateway ?? subnet.base.advanced(by: 1))",
            ipRange: settings.range.map { "\($0)" }, isInternal: settings.isInternal,
            bridge: try bridgeName(settings).rawValue, mtu: settings.mtu ?? configuration.mtu,
            options: settings.options)
    }

    /// What the host routes, name servers included, and what other networks have.
    private mutating func takenSubnets(_ id: String) throws -> [TakenSubnet] {
        let names = Dictionary(
            try plumbing.socket.links().map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
        let own = Plumbing.alias(of: id)
        var taken = networks.values.map {
            TakenSubnet(subnet: $0.pool.subnet, owner: "network \($0.record.name)")
        }
        for route in try plumbing.socket.routes() where isSpecific(route) {
            let link = route.index.flatMap { names[$0] }
            // A bridge that was left by an earlier process is this network's own.
            if link?.alias == own { continue }
            let owner = link.map { "the route of interface \($0.name)" } ?? "a route of the host"
            taken.append(TakenSubnet(subnet: route.destination, owner: owner))
        }
        for server in Resolver.hostSettings().servers {
            guard let address = IPv4Address(server), !address.isLoopback else { continue }
            taken.append(TakenSubnet(subnet: IPv4Subnet(address, prefix: 32), owner: "name server \(server)"))
        }
        return taken
    }

    /// The bridge that was asked for; `berth0` for the first network of the name `bridge`; else one made of the id.
    private mutating func bridgeName(_ settings: NetworkSettings) throws -> InterfaceName {
        if let name = settings.bridge {
            guard try isFree(name, settings.id) else {
                throw BerthError(
                    .conflict, "interface \(name) already exists and is not a bridge of this network",
                    hint: "choose another name for the bridge")
            }
            return name
        }
        var candidates = [String(("br-" + settings.id).prefix(15))]
        if settings.name == "bridge" { candidates = (0..<64).map { "berth\($0)" } + candidates }
        for candidate in candidates {
            if let name = InterfaceName(rawValue: candidate), try isFree(name, settings.id) { return name }
        }
        throw BerthError(
            .conflict, "interface \(candidates.last!) already exists",
            hint: "name a bridge with the option \(NetworkSettings.bridgeOption)")
    }

    /// Not there, or left by an earlier process for the same network.
    private mutating func isFree(_ name: InterfaceName, _ id: String) throws -> Bool {
        guard !networks.values.contains(where: { $0.bridge == name }) else { return false }
        guard let link = try plumbing.link(name) else { return true }
        return link.kind == "bridge" && link.alias == Plumbing.alias(of: id)
    }

    /// Removes a network without endpoints; one that is gone succeeds.
    mutating func delete(_ id: String) throws {
        guard let network = networks[id] else { return }
        let users = endpoints.values.filter { $0.record.request.network == id }.count
        guard users == 0 else {
            throw BerthError(
                .failedPrecondition, "network \(network.record.name) has \(users) endpoints", object: "network \(id)")
        }
        try removeFromHost(network)
    }

    /// The record goes last, so that a crash before leaves something to repeat.
    private mutating func removeFromHost(_ network: Network) throws {
        try plumbing.deleteBridge(network)
        networks[network.record.id] = nil
        do {
            try assertRules()
            if !networks.values.contains(where: { !$0.record.isInternal }) { try settings.restoreForwarding() }
            try cursors.remove(network.record.id)
            try networkRecords.remove(network.record.id)
        } catch {
            networks[network.record.id] = network
            throw error
        }
    }

    func inspect(_ id: String) throws(BerthError) -> NetworkDriverState {
        guard let network = networks[id] else { throw missing(network: id) }
        return state(of: network)
    }

    func list() -> [NetworkDriverState] { networks.values.map { state(of: $0) }.sorted { $0.id < $1.id } }

    private func state(of network: Network) -> NetworkDriverState {
        let keys = endpoints.values.map(\.record.request).filter { $0.network == network.record.id }.map(\.endpoint)
        let result = network.result
        return NetworkDriverState(
            id: network.record.id, subnet: result.subnet, gateway: result.gateway, options: result.options,
            endpoints: keys.sorted())
    }

    func missing(network id: String) -> BerthError {
        BerthError(.notFound, "the bridge driver has no network \(quoted(id))", object: "network \(id)")
    }
}

extension Network {
    /// What is told of it: the options that were given, and those that were chosen.
    var result: NetworkDriverCreate.Result {
        var options = record.options
        options[NetworkSettings.bridgeOption] = record.bridge
        if let mtu = record.mtu { options[NetworkSettings.mtuOption] = "\(mtu)" }
        return NetworkDriverCreate.Result(subnet: record.subnet, gateway: record.gateway, options: options)
    }
}

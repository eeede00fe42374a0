import BerthAPI
import JSON
import LinuxSystem
import PluginKit

/// All that the driver holds. The kernel's links, the table of rules and the records on disk follow it.
struct BridgeState: Sendable {
    let configuration: BridgeConfiguration
    let networkRecords: RecordStore<NetworkRecord>
    let endpointRecords: RecordStore<EndpointRecord>
    let cursors: NoteStore
    let notes: NoteStore
    let settings: HostSettings
    let reaper = LinkReaper()
    let plumbing: Plumbing
    let firewall: Firewall
    var networks: [String: Network] = [:]
    var endpoints: [String: Endpoint] = [:]

    init(_ environment: PluginEnvironment) throws {
        configuration = try BridgeConfiguration(
            environment.configuration, stateDirectory: environment.stateDirectory)
        networkRecords = try RecordStore(environment.stateDirectory + "/networks")
        endpointRecords = try RecordStore(environment.runDirectory + "/endpoints")
        cursors = try NoteStore(environment.runDirectory + "/cursors")
        notes = try NoteStore(environment.runDirectory)
        settings = HostSettings(notes: notes)
        plumbing = try Plumbing(settings: settings)
        firewall = try Firewall(table: configuration.table)
        _ = try ResourceLimits.set("RLIMIT_NOFILE", soft: 1 << 20, hard: 1 << 20)
        try restore()
    }

    // MARK: Start and end

    /// Takes up what an earlier process left, and puts into the kernel what is missing there. A network that cannot be
    /// put in place does not keep the others from it; the core's `reconcile` tries again.
    private mutating func restore() throws {
        try notes.write("owner", "\(Host.processID)")
        let (networkRecords, damagedNetworks) = try networkRecords.load()
        let (endpointRecords, damagedEndpoints) = try endpointRecords.load()
        for name in damagedNetworks + damagedEndpoints {
            PluginLog.error("a damaged record was put aside", [("file", JSON(name))])
        }
        for record in networkRecords {
            logged("network \(record.id) cannot be restored") { state in try state.restore(record) }
        }
        for record in endpointRecords {
            logged("endpoint \(record.request.endpoint) cannot be restored") { state in try state.restore(record) }
        }
        if !networks.isEmpty { logged("the host is not set up") { state in try state.assertAll() } }
    }

    private mutating func restore(_ record: NetworkRecord) throws {
        var network = try Network(record)
        if let cursor = try cursors.read(record.id).flatMap({ UInt32($0) }) {
            network.pool.resume(after: IPv4Address(rawValue: cursor))
        }
        networks[record.id] = network
    }

    private mutating func restore(_ record: EndpointRecord) throws {
        let endpoint = try Endpoint(record)
        guard networks[record.request.network] != nil else { return try endpointRecords.remove(record.link) }
        networks[record.request.network]!.pool.restore(endpoint.address)
        endpoints[record.request.endpoint] = endpoint
    }

    /// With no endpoint left, nothing of the plugin's needs to stay on the host while it does not run. The records
    /// stay, and the next start puts all in place again.
    mutating func close() {
        reaper.close()
        // A newer process may serve by now; what is on the host is then its own.
        guard endpoints.isEmpty, (try? notes.read("owner")) == "\(Host.processID)" else { return }
        for network in networks.values {
            logged("bridge \(network.bridge) is left") { state in try state.plumbing.deleteBridge(network) }
        }
        guard !networks.isEmpty else { return }
        logged("firewall rules are left") { state in try state.firewall.assert(bridges: [], ports: []) }
        logged("forwarding is left on") { state in try state.settings.restoreForwarding() }
    }

    // MARK: The whole host

    /// Puts bridges, reservations, forwarding and every rule in place, whatever is there now.
    mutating func assertAll() throws {
        for network in networks.values {
            logged("network \(network.record.id) is not in place") { state in
                let index = try state.plumbing.ensureBridge(network)
                try state.plumbing.assertBridge(network, index: index)
                try state.adoptPorts(of: network, bridge: index)
            }
        }
        for key in endpoints.keys { restoreReservations(key) }
        if networks.values.contains(where: { !$0.record.isInternal }) { try settings.enableForwarding() }
        try assertRules()
    }

    /// All of the table, at once.
    mutating func assertRules() throws(BerthError) {
        let bridges = networks.values.map {
            Ruleset.Bridge(name: $0.bridge, subnet: $0.pool.subnet, isInternal: $0.record.isInternal)
        }
        try firewall.assert(
            bridges: bridges.sorted { $0.name.rawValue < $1.name.rawValue }, ports: endpoints.values.flatMap(\.ports))
    }

    /// Links of endpoints are ports of their bridge, also of one that was deleted and made anew.
    private mutating func adoptPorts(of network: Network, bridge: Int32) throws {
        let attached = Set(try plumbing.ports(of: bridge).map(\.name))
        let missing = endpoints.values.filter {
            $0.record.request.network == network.record.id && !attached.contains($0.record.link)
        }
        for endpoint in missing {
            guard let link = try plumbing.link(endpoint.link) else { continue }
            try plumbing.socket.perform([
                .setMaster(.index(link.index), bridge), .setHairpin(.index(link.index)),
                .setLink(.index(link.index), isUp: true),
            ])
        }
    }

    /// Holds the ports of an endpoint that an earlier process published. One that a process of the host has taken
    /// meanwhile stays published: the rules come before sockets.
    private mutating func restoreReservations(_ key: String) {
        for port in endpoints[key]!.ports where endpoints[key]!.reservations[port] == nil {
            logged("port \(port.hostPort)/\(port.transport.rawValue) is not reserved") { state in
                state.endpoints[key]!.reservations[port] = try PortReservation(
                    port.transport, port.hostAddress, port: port.hostPort)
            }
        }
    }

    /// Goes on after a failure, with a line on the log.
    mutating func logged(_ message: @autoclosure () -> String, _ body: (inout BridgeState) throws -> Void) {
        do {
            try body(&self)
        } catch {
            PluginLog.error(message(), [("error", JSON("\(error)"))])
        }
    }
}

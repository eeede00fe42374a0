import BerthAPI
import LinuxSystem
import Supervisor

/// A request, checked, with what it names of other objects looked up: names of containers become ids, so that a rename
/// changes nothing.
struct ContainerRequest {
    private(set) var plan: ContainerPlan
    let name: String
    /// nil when the container shares another's: it has no endpoint of its own.
    let network: NetworkInfo?
    private let index: ContainerIndex

    init(_ plan: ContainerPlan, name: String, index: ContainerIndex, _ services: ContainerServices) async throws {
        self.plan = plan
        self.name = name
        self.index = index
        let modes = try NamespaceModes(plan.config)
        if modes.networkContainer == nil {
            let found = try await services.networks.resolve(requested: plan.config.network?.network)
            self.plan.config.network = plan.config.network ?? NetworkRequest()
            self.plan.config.network?.network = found.name
            network = found
        } else {
            network = nil
        }
        try resolveNamespaces(modes)
        try borrowMounts()
        var isHost = false
        if let network { isHost = try await services.plugins.capabilities(of: network.driver).isHost }
        try checkHostNetwork(isHost)
        chooseHostname(modes, hostNetwork: isHost)
    }

    // MARK: Namespaces

    private mutating func resolveNamespaces(_ modes: NamespaceModes) throws {
        if let other = modes.pid.container {
            let mode = try resolved(other, "PID").mode
            plan.config.namespaces?.pid = mode
        }
        if let other = modes.ipc.container {
            let (record, mode) = try resolved(other, "IPC")
            guard NamespaceMode(record.detail.config.namespaces?.ipc ?? "") == .shareable else {
                throw BerthError(
                    .failedPrecondition, "container \(record.detail.name): non-shareable IPC",
                    object: "container \(record.id)", hint: "make that container with --ipc=shareable")
            }
            plan.config.namespaces?.ipc = mode
        }
        if let other = modes.networkContainer {
            let mode = try resolved(other, "network").mode
            plan.config.network?.network = mode
        }
    }

    private func resolved(_ other: String, _ kind: String) throws -> (record: ContainerRecord, mode: String) {
        guard other != name else { throw plan.invalid("cannot join own \(kind) namespace") }
        let record = try find(other)
        return (record, "container:\(record.id)")
    }

    private func find(_ name: String) throws -> ContainerRecord {
        guard let record = index.record(try index.resolve(name)), record.phase != .creating else {
            throw BerthError(.notFound, "no such container: \(name)", object: "container \(name)")
        }
        return record
    }

    private func checkHostNetwork(_ isHost: Bool) throws {
        guard isHost else { return }
        if try UserMode(plan.config.namespaces?.user) != .host {
            throw plan.invalid("cannot share the host's network namespace when user namespaces are enabled")
        }
        for name in (plan.config.sysctls ?? [:]).keys.sorted() where NamespacedSysctl.owner(of: name) == .network {
            throw ContainerPlan.sharedSysctl(name)
        }
        if plan.config.network?.macAddress != nil {
            throw plan.invalid("conflicting options: mac-address and the network mode")
        }
    }

    /// A container that shares the host's or another container's name or network is called the same, unless it has a
    /// name of its own.
    private mutating func chooseHostname(_ modes: NamespaceModes, hostNetwork: Bool) {
        guard plan.config.hostname == nil else { return }
        if modes.uts == .host || hostNetwork {
            plan.config.hostname = Host.hostname
        } else if let other = plan.config.network?.network.flatMap(NamespaceMode.init)?.container {
            plan.config.hostname = index.record(other)?.hostname
        }
    }

    // MARK: Mounts

    private mutating func borrowMounts() throws {
        guard let from = plan.config.volumesFrom else { return }
        var ids: [String] = []
        var taken: Set<String> = []
        for text in from {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let modes = parts.count == 2 ? parts[1].split(separator: ",").map(String.init) : []
            guard modes.allSatisfy({ ["ro", "rw", "z", "Z"].contains($0) }), !parts[0].isEmpty else {
                throw plan.invalid("invalid mode for volumes-from: \(text)")
            }
            let record = try find(parts[0])
            ids.append(parts.count == 2 ? "\(record.id):\(parts[1])" : record.id)
            for point in record.detail.mounts where taken.insert(ContainerPlan.normalized(point.target)).inserted {
                plan.borrowed.append(try Self.request(for: point, readOnly: modes.contains("ro")))
            }
        }
        plan.config.volumesFrom = ids
    }

    private static func request(for point: MountPoint, readOnly: Bool) throws -> MountRequest {
        var request = MountRequest(
            kind: point.kind, source: point.kind == .bind ? point.source : point.name, target: point.target,
            readOnly: point.readOnly || readOnly)
        request.propagation = point.propagation
        request.driver = point.driver
        request.subpath = point.subpath
        return request
    }
}

extension Set<String> {
    /// Of a network driver: its containers share the host's namespace.
    var isHost: Bool { contains("hostNamespace") }
}

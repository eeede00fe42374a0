import BerthAPI

/// A container's namespaces as its request has them.
struct NamespaceModes: Hashable {
    var pid = NamespaceMode.private
    var ipc = NamespaceMode.private
    var uts = NamespaceMode.private
    var cgroup = NamespaceMode.private
    /// The container whose network is shared.
    var networkContainer: String?

    /// - Throws: `invalidArgument` for a mode that is none.
    init(_ config: ContainerConfig) throws {
        if let network = config.network?.network, network == "container" || network.hasPrefix("container:") {
            guard let name = NamespaceMode(network)?.container else {
                throw BerthError(
                    .invalidArgument, "invalid network mode: invalid container format container:<name|id>")
            }
            networkContainer = name
        }
        guard let request = config.namespaces else { return }
        do {
            pid = try request.pidMode()
            ipc = try request.ipcMode()
            uts = try request.utsMode()
            cgroup = try request.cgroupMode()
        } catch {
            throw BerthError(.invalidArgument, "invalid \(error.kind) mode: \(error.mode)")
        }
    }
}

extension ContainerPlan {
    /// Of options that would work against each other, or on what the container shares.
    func checkNamespaces() throws {
        let modes = try NamespaceModes(config)
        if modes.uts == .host, config.hostname != nil {
            throw invalid("conflicting options: hostname and the UTS mode")
        }
        if modes.uts == .host, config.domainName != nil {
            throw invalid("conflicting options: domainname and the UTS mode")
        }
        if modes.networkContainer != nil { try checkSharedNetwork() }
        try checkUserNamespace(modes)
        try checkSysctls(modes)
    }

    private func checkSharedNetwork() throws {
        let network = config.network ?? NetworkRequest()
        let conflicts: [(Bool, String)] = [
            (config.hostname != nil, "hostname and the network mode"),
            (network.dns != nil || network.dnsSearch != nil || network.dnsOptions != nil, "dns and the network mode"),
            (network.extraHosts != nil, "custom host-to-IP mapping and the network mode"),
            (network.macAddress != nil, "mac-address and the network mode"),
            (network.address != nil, "a static address and the container type network mode"),
            (network.aliases != nil, "network aliases and the container type network mode"),
            (
                network.ports != nil || network.publishAll == true,
                "port publishing and the container type network mode"
            ),
            (network.exposed != nil, "port exposing and the container type network mode"),
        ]
        if let conflict = conflicts.first(where: \.0) { throw invalid("conflicting options: \(conflict.1)") }
    }

    private func checkSysctls(_ modes: NamespaceModes) throws {
        for (name, _) in (config.sysctls ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let owner = NamespacedSysctl.owner(of: name) else {
                throw invalid("sysctl '\(name)' is not allowed: it is not separate for a container")
            }
            // Whether a network is the host's, its driver knows: see `ContainerRequest`.
            if owner == .ipc && modes.ipc == .host || owner == .uts && modes.uts == .host {
                throw Self.sharedSysctl(name)
            }
        }
    }

    static func sharedSysctl(_ name: String) -> BerthError {
        BerthError(
            .invalidArgument, "sysctl '\(name)' is not allowed: the container shares that namespace with the host")
    }
}

/// Kernel parameters that a namespace has for itself (namespaces(7), sysctl(2)).
enum NamespacedSysctl {
    enum Owner { case network, ipc, uts }

    private static let byOwner: [(owner: Owner, prefixes: [String], names: Set<String>)] = [
        (.network, ["net."], []),
        (
            .ipc, ["fs.mqueue."],
            [
                "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
                "kernel.shmmni", "kernel.shm_rmid_forced",
            ]
        ),
        (.uts, [], ["kernel.domainname"]),
    ]

    /// nil for what the whole host has in common, and for what is no name.
    static func owner(of name: String) -> Owner? {
        // With slashes where a dot is part of a name: `net/ipv4/conf/eth0.1/forwarding`.
        let dotted = name.contains("/") ? String(name.map { $0 == "/" ? "." : $0 }) : name
        let parts = name.split(separator: name.contains("/") ? "/" : ".", omittingEmptySubsequences: false)
        guard !parts.contains(where: { ["", ".", ".."].contains($0) }) else { return nil }
        return byOwner.first { entry in
            entry.names.contains(dotted) || entry.prefixes.contains { dotted.hasPrefix($0) }
        }?.owner
    }
}

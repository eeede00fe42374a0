import LinuxSystem

/// Kernel parameters (config-linux.md, "Sysctl"): only those that a namespace of the container has for itself.
enum Sysctl {
    private static let byNamespace: [(kind: NamespaceKinds, prefixes: [String])] = [
        (.network, ["net/"]),
        (
            .ipc,
            [
                "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall", "kernel/shmmax",
                "kernel/shmmni", "kernel/shm_rmid_forced", "fs/mqueue/",
            ]
        ),
        (.uts, ["kernel/hostname", "kernel/domainname"]),
    ]

    /// Throws when a name is unknown or would change the host.
    static func check(_ values: [String: String], _ namespaces: NamespaceKinds) throws(LaunchError) {
        for name in values.keys {
            let path = path(name)
            let owner = byNamespace.first {
                $0.prefixes.contains { path == $0 || $0.hasSuffix("/") && path.hasPrefix($0) }
            }
            guard let owner else {
                throw LaunchError(.invalid, "sysctl \(name) is not separate for a container")
            }
            guard namespaces.contains(owner.kind) else {
                throw LaunchError(.invalid, "sysctl \(name) would change the host: the container shares its namespace")
            }
        }
    }

    static func apply(_ values: [String: String], _ proc: borrowing KernelFolder) throws(LaunchError) {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            do {
                try proc.write("sys/" + path(name), value)
            } catch {
                throw LaunchError(error, "sysctl \(name)=\(value)")
            }
        }
    }

    /// `net.ipv4.ip_forward`, or with slashes where a dot is part of a name.
    private static func path(_ name: String) -> String {
        name.contains("/") ? name : String(name.map { $0 == "." ? "/" : $0 })
    }
}

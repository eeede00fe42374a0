import LinuxSystem

/// Kernel parameters (config-linux.md, "Sysctl"): only those that a namespace of the container has for itself.
enum Sysctl {
    private static let byNamespace: [(type: String, prefixes: [String])] = [
        ("network", ["net/"]),
        (
            "ipc",
            [
                "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/msg_next_id", "kernel/sem",
                "kernel/sem_next_id", "kernel/shmall", "kernel/shmmax", "kernel/shmmni", "kernel/shm_next_id",
                "kernel/shm_rmid_forced", "fs/mqueue/",
            ]
        ),
        ("uts", ["kernel/hostname", "kernel/domainname"]),
    ]

    /// Throws when a name is unknown or would change the host.
    ///
    /// - Parameter namespaces: types of those that the container does not share with the host.
    static func check(_ values: [String: String], _ namespaces: Set<String>) throws(LaunchError) {
        for name in values.keys.sorted() {
            let path = path(name)
            let field = "linux.sysctl[\"\(name)\"]"
            // Or `net/../kernel/…` would lead out of what the namespace has for itself.
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard !parts.contains(where: { ["", ".", ".."].contains($0) }) else {
                throw .invalid(field, "is no name of a kernel parameter")
            }
            let owner = byNamespace.first {
                $0.prefixes.contains { path == $0 || $0.hasSuffix("/") && path.hasPrefix($0) }
            }
            guard let owner else { throw .invalid(field, "is not separate for a container") }
            guard namespaces.contains(owner.type) else {
                throw .invalid(field, "would change the host: the container shares its \(owner.type) namespace")
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

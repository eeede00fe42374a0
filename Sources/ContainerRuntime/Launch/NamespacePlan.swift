import LinuxSystem
import OCISpec

/// The configuration's namespaces: those to make and those to join.
struct NamespacePlan {
    struct Joined {
        var kind: NamespaceKinds
        var file: SharedDescriptor
    }

    private(set) var new: NamespaceKinds = []
    private(set) var joined: [Joined] = []

    private static let kinds: [String: NamespaceKinds] = [
        "pid": .pid, "network": .network, "mount": .mount, "ipc": .ipc, "uts": .uts, "user": .user,
        "cgroup": .cgroup, "time": .time,
    ]

    init(_ namespaces: [RuntimeSpec.Namespace]) throws(LaunchError) {
        for namespace in namespaces {
            guard let kind = Self.kinds[namespace.type] else {
                throw LaunchError(.invalid, "linux.namespaces: unknown type \(namespace.type)")
            }
            guard !all.contains(kind) else {
                throw LaunchError(.invalid, "linux.namespaces: \(namespace.type) is given twice")
            }
            if let path = namespace.path, !path.isEmpty {
                let file = try during("\(namespace.type) namespace") { () throws(SystemError) in
                    try Namespace.open(path).shared()
                }
                joined.append(Joined(kind: kind, file: file))
            } else {
                new.formUnion(kind)
            }
        }
        guard new.contains(.mount) else {
            throw LaunchError(.unsupported, "a container without a mount namespace of its own is not supported")
        }
        guard !all.contains(.time) else { throw LaunchError(.unsupported, "time namespaces are not supported") }
    }

    /// All that the container does not share with the host.
    var all: NamespaceKinds { joined.reduce(into: new) { $0.formUnion($1.kind) } }

    /// Made by clone3. The cgroup namespace is made once the process is in its group, which becomes its root.
    var cloned: NamespaceKinds { new.subtracting(.cgroup) }

    var pidNamespace: SharedDescriptor? { joined.first { $0.kind == .pid }?.file }

    /// What the child joins, the user namespace first: it gives the right to join the others.
    func join() throws(LaunchError) {
        for namespace in joined.filter({ $0.kind == .user }) + joined.filter({ $0.kind != .user && $0.kind != .pid }) {
            try during("join namespace") { () throws(SystemError) in
                try Namespace.join(namespace.file.raw, namespace.kind)
            }
        }
    }
}

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

    static let kinds: [String: NamespaceKinds] = [
        "pid": .pid, "network": .network, "mount": .mount, "ipc": .ipc, "uts": .uts, "user": .user,
        "cgroup": .cgroup, "time": .time,
    ]

    /// Opens what is to be joined. The list is a validated one.
    init(_ namespaces: [RuntimeSpec.Namespace]) throws(LaunchError) {
        for (index, namespace) in namespaces.enumerated() {
            guard let kind = Self.kinds[namespace.type] else { continue }
            if let path = namespace.path, !path.isEmpty {
                joined.append(Joined(kind: kind, file: try Self.open(path, kind, index)))
            } else {
                new.formUnion(kind)
            }
        }
    }

    private static func open(_ path: String, _ kind: NamespaceKinds, _ index: Int) throws(LaunchError)
        -> SharedDescriptor
    {
        let field = "linux.namespaces[\(index)].path"
        let file: SharedDescriptor
        let found: NamespaceKinds
        do {
            file = try Namespace.open(path).shared()
            found = try Namespace.kind(file.raw)
        } catch  where error.errno == .invalid {
            throw .invalid(field, "\(path) is no namespace")
        } catch {
            throw .invalid(field, "\(error)")
        }
        guard found == kind else { throw .invalid(field, "\(path) is a namespace of another type") }
        return file
    }

    /// All that the container does not share with the host.
    var all: NamespaceKinds { joined.reduce(into: new) { $0.formUnion($1.kind) } }

    /// Made by clone3. The cgroup namespace is made once the process is in its group, which becomes its root; the time
    /// namespace once there is a process that its offsets can be set through.
    var cloned: NamespaceKinds { new.subtracting([.cgroup, .time]) }

    var pidNamespace: SharedDescriptor? { joined.first { $0.kind == .pid }?.file }
    var userNamespace: SharedDescriptor? { joined.first { $0.kind == .user }?.file }

    /// Joins all but the user and the pid namespace.
    func join() throws(LaunchError) {
        for namespace in joined where namespace.kind != .user && namespace.kind != .pid {
            try during("join namespace") { () throws(SystemError) in
                try Namespace.join(namespace.file.raw, namespace.kind)
            }
        }
    }
}

import LinuxSystem
import OCISpec

/// Detached mounts that the runtime opens before the clone: a process in a user namespace cannot reach every path of the
/// host, and only who owns a file system may map its ids.
struct OpenedMounts {
    /// By the index of the mount.
    private(set) var sources: [Int: SharedDescriptor] = [:]
    private(set) var root: SharedDescriptor?

    /// - Parameter root: given when the container has a user namespace.
    init(_ spec: RuntimeSpec, bundle: String, root: RootMount?) throws(LaunchError) {
        var namespaces: [UserNamespace.Maps: SharedDescriptor] = [:]
        for (index, mount) in (spec.mounts ?? []).enumerated() {
            guard let source = BindSource(mount, bundle: bundle) else { continue }
            var mapping: SharedDescriptor?
            if let maps = Self.maps(source, spec.linux) {
                if namespaces[maps] == nil { namespaces[maps] = try Self.namespace(maps, index) }
                mapping = namespaces[maps]
            }
            guard root != nil || mapping != nil else { continue }
            let tree = try during("mounts[\(index)] of \(mount.destination)") { () throws(SystemError) in
                try source.open(mapping: mapping?.raw)
            }
            sources[index] = tree.shared()
        }
        if let root { self.root = try root.make(place: bundle).shared() }
    }

    var numbers: [CInt] { sources.values.map(\.raw) + [root].compactMap { $0?.raw } }

    /// The mount's own maps, or the container's when an option only asks for some.
    private static func maps(_ source: BindSource, _ linux: RuntimeSpec.Linux?) -> UserNamespace.Maps? {
        if let users = source.mount.uidMappings, let groups = source.mount.gidMappings, !users.isEmpty {
            return UserNamespace.Maps(users: users.ranges, groups: groups.ranges)
        }
        guard source.options.mapping != nil else { return nil }
        return UserNamespace.Maps(users: linux?.uidMappings?.ranges ?? [], groups: linux?.gidMappings?.ranges ?? [])
    }

    private static func namespace(_ maps: UserNamespace.Maps, _ index: Int) throws(LaunchError) -> SharedDescriptor {
        do {
            return try UserNamespace.make(maps).shared()
        } catch {
            throw .invalid("mounts[\(index)].uidMappings", "\(error)")
        }
    }
}

extension [RuntimeSpec.IDMapping] {
    var ranges: [UserNamespace.Range] {
        map { .init(inside: $0.containerID, outside: $0.hostID, size: $0.size) }
    }
}

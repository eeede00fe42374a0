import LinuxSystem
import OCISpec

/// Detached mounts that the runtime opens before the clone: a process in a user namespace cannot reach every path of the
/// host, and only who owns a file system may map its ids.
///
/// They are copies made in the host's mount namespace: where that one's mounts are shared, as systemd makes them, so
/// are the copies, and what the container mounts in them would be mounted on the host as well. So they become slaves,
/// as those do that a user namespace inherits.
struct OpenedMounts {
    /// By the index of the mount.
    private(set) var sources: [Int: SharedDescriptor] = [:]
    private(set) var root: SharedDescriptor?

    /// - Parameter root: given when the container has a user namespace.
    init(_ spec: RuntimeSpec, bundle: String, root: RootMount?) throws(LaunchError) {
        var namespaces: [UserNamespace.Maps: SharedDescriptor] = [:]
        for (index, mount) in (spec.mounts ?? []).enumerated() {
            guard let source = BindSource(mount, bundle: bundle) else {
                sources[index] = try Self.mappedOverlay(mount, index)
                continue
            }
            var mapping: SharedDescriptor?
            if let maps = Self.maps(source, spec.linux) {
                if namespaces[maps] == nil { namespaces[maps] = try Self.namespace(maps, index) }
                mapping = namespaces[maps]
            }
            guard root != nil || mapping != nil else { continue }
            let sharesMounts = root == nil && spec.linux?.rootfsPropagation?.hasSuffix("shared") == true
            let tree = try during("mounts[\(index)] of \(mount.destination)") { () throws(SystemError) in
                let tree = try source.open(mapping: mapping?.raw)
                if !sharesMounts { try Self.separate(tree.raw) }
                return tree
            }
            sources[index] = tree.shared()
        }
        guard let root else { return }
        let tree = try root.make()
        try during("root") { () throws(SystemError) in try Self.separate(tree.raw) }
        self.root = tree.shared()
    }

    private static func separate(_ tree: CInt) throws(SystemError) {
        try MountTree.change(tree, propagation: .slave, recursive: true, "mount propagation")
    }

    var numbers: [CInt] { sources.values.map(\.raw) + [root].compactMap { $0?.raw } }

    /// Nil for a mount that is none, or has the owners that are on disk.
    private static func mappedOverlay(
        _ mount: RuntimeSpec.Mount, _ index: Int
    ) throws(LaunchError) -> SharedDescriptor? {
        guard mount.isOverlay, let users = mount.uidMappings, let groups = mount.gidMappings else { return nil }
        return try during("mounts[\(index)] of \(mount.destination)") { () throws(SystemError) in
            var layers = try MappedRoot(UserNamespace.Maps(users: users.ranges, groups: groups.ranges))
            let overlay = RootMount.Layer(
                type: "overlay", source: mount.source ?? "overlay", options: mount.options ?? [])
            return try layers.mount(overlay).shared()
        }
    }

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

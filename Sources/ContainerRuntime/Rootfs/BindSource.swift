import LinuxSystem
import OCISpec

/// What a bind mount shows, as a detached mount. Opened by the container's first process or, where that has not the
/// right to reach the path or to map ids, by the runtime before the clone.
struct BindSource {
    let mount: RuntimeSpec.Mount
    let options: MountOptions
    /// Absolute.
    let path: String

    /// nil for a mount that is none of this kind.
    init?(_ mount: RuntimeSpec.Mount, bundle: String) {
        options = MountOptions(mount.options ?? [])
        guard mount.isBind, !options.remount, let source = mount.source else { return nil }
        self.mount = mount
        path = source.hasPrefix("/") ? source : "\(bundle)/\(source)"
    }

    /// A copy of the mount at the path, with the ids mapped that a user namespace maps.
    func open(mapping: CInt? = nil) throws(SystemError) -> Descriptor {
        let tree = try Subpath.bind(path, options.subpath, recursive: options.bindIsRecursive)
        if let mapping {
            try MountTree.mapIDs(tree.raw, userNamespace: mapping, recursive: options.mapping == .tree, path)
        }
        return tree
    }
}

extension RuntimeSpec.Mount {
    var isBind: Bool { type == "bind" || (options ?? []).contains { $0 == "bind" || $0 == "rbind" } }

    var isOverlay: Bool { type == "overlay" && !isBind }

    /// Relative ones, which old tools write, begin at the root (config.md, "Mounts").
    var absoluteDestination: String { destination.hasPrefix("/") ? destination : "/" + destination }
}

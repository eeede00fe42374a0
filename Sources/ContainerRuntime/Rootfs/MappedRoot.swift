import LinuxSystem
import OCISpec

/// A root whose owners on disk are the host's, seen through a user namespace's maps: the layers of an overlay are copies
/// of their mounts with mapped ids, since an overlay itself takes no maps (mount_setattr(2), `MOUNT_ATTR_IDMAP`).
///
/// Layers that are mounted nowhere are taken by Linux 6.15 and later.
struct MappedRoot: ~Copyable {
    private let maps: UserNamespace.Maps
    private let namespace: Descriptor
    /// Open until the overlay has taken them.
    private var layers: [SharedDescriptor] = []

    /// Only for a process with one thread.
    init(_ maps: UserNamespace.Maps) throws(SystemError) {
        self.maps = maps
        namespace = try UserNamespace.make(maps)
    }

    mutating func mount(_ layer: RootMount.Layer) throws(SystemError) -> Descriptor {
        let options = MountOptions(layer.options)
        if options.bind || layer.type == "bind" {
            let tree = try MountTree.copy(layer.source, recursive: options.bindIsRecursive)
            try MountTree.mapIDs(
                tree.raw, userNamespace: namespace.raw, recursive: options.bindIsRecursive, layer.source)
            try MountTree.change(tree.raw, set: options.set, clear: options.clear, layer.source)
            return tree
        }
        var items: [String] = []
        for item in options.data { items.append(try mapped(item)) }
        return try asOwner { () throws(SystemError) in
            try OverlayMount(source: layer.source, options: items).make(options.set)
        }
    }

    /// An overlay does its own work as who mounts it: somebody that the maps of its layers know, with all rights.
    private func asOwner(_ body: () throws(SystemError) -> Descriptor) throws(SystemError) -> Descriptor {
        guard let uid = maps.users.outside(0), let gid = maps.groups.outside(0) else {
            throw SystemError(.invalid, "mount", "id 0 is not mapped")
        }
        try Credentials.setFilesystemIDs(uid: uid, gid: gid)
        let result: Result<CInt, SystemError>
        do throws(SystemError) {
            try CapabilitySets.raiseAll()
            result = .success(try body().release())
        } catch {
            result = .failure(error)
        }
        try Credentials.setFilesystemIDs(uid: 0, gid: 0)
        return Descriptor(owning: try result.get())
    }

    /// An option of overlay with the descriptors of mapped copies instead of paths.
    private mutating func mapped(_ item: String) throws(SystemError) -> String {
        guard let sign = item.firstIndex(of: "=") else { return item }
        let (key, value) = (item[..<sign], String(item[item.index(after: sign)...]))
        switch key {
        case "lowerdir":
            var paths: [String] = []
            for path in OverlayMount.splitLayers(value) { paths.append(try copy(path)) }
            return "lowerdir=\(paths.joined(separator: ":"))"
        case "upperdir", "workdir":
            // Both have to be on one mount: that of the folder that they are in.
            let parent = parentDirectory(value)
            return "\(key)=\(try copy(parent))/\(value.dropFirst(parent.utf8.count + 1))"
        default: return item
        }
    }

    private var copies: [String: String] = [:]

    private mutating func copy(_ path: String) throws(SystemError) -> String {
        if let copy = copies[path] { return copy }
        let tree = try MountTree.copy(path, recursive: false)
        try MountTree.mapIDs(tree.raw, userNamespace: namespace.raw, recursive: false, path)
        let shared = tree.shared()
        layers.append(shared)
        let copy = "/proc/self/fd/\(shared.raw)"
        copies[path] = copy
        return copy
    }
}

import LinuxSystem
import OCISpec

/// Puts the configuration's mounts beneath the root. Runs in the container's mount namespace, before the root is
/// pivoted to: sources are the host's, targets are resolved beneath the root.
struct Mounter {
    let root: RootFolder
    let bundle: String
    let cgroups: CgroupMount

    func mount(_ mount: RuntimeSpec.Mount) throws(LaunchError) {
        guard mount.destination.hasPrefix("/") else {
            throw LaunchError(.invalid, "mount destination \(mount.destination) is not an absolute path")
        }
        let options = MountOptions(mount.options ?? [])
        do {
            if options.bind || mount.type == "bind" {
                try bind(mount, options)
            } else if mount.type == "cgroup" || mount.type == "cgroup2" {
                try cgroups.mount(at: mount.destination, options, beneath: root)
            } else {
                try fresh(mount, options)
            }
        } catch {
            throw LaunchError(error, "mount \(mount.source ?? mount.type ?? "") on \(mount.destination)")
        }
    }

    /// Copies what the root has at a mount's place into what would be mounted there, when that is empty.
    func fill(_ mount: RuntimeSpec.Mount) throws(LaunchError) {
        let options = MountOptions(mount.options ?? [])
        try during("fill \(mount.source ?? mount.type ?? "") for \(mount.destination)") { () throws(SystemError) in
            let isBind = options.bind || mount.type == "bind"
            let tree =
                isBind
                ? try MountTree.copy(try source(of: mount), recursive: options.bindIsRecursive)
                : try freshTree(mount, options)
            guard try FileKind(tree.raw) == .folder else { return }
            let place = try root.makeFolder(mount.destination)
            try FolderCopy.fillIfEmpty(tree.raw, from: place.raw)
        }
    }

    private func source(of mount: RuntimeSpec.Mount) throws(SystemError) -> String {
        guard let source = mount.source, !source.isEmpty else { throw SystemError(.invalid, "bind", "no source") }
        return source.hasPrefix("/") ? source : "\(bundle)/\(source)"
    }

    private func bind(_ mount: RuntimeSpec.Mount, _ options: MountOptions) throws(SystemError) {
        let path = try source(of: mount)
        let tree = try MountTree.copy(path, recursive: options.bindIsRecursive)
        let isFolder = try FileKind(tree.raw) == .folder
        let target = isFolder ? try root.makeFolder(mount.destination) : try root.makeFile(mount.destination)
        if options.copyUp, isFolder { try FolderCopy.fillIfEmpty(tree.raw, from: target.raw) }
        try Self.apply(options, to: tree.raw, path)
        try MountTree.attach(tree, to: target, mount.destination)
        try Self.propagate(options, tree.raw)
    }

    private func freshTree(
        _ mount: RuntimeSpec.Mount, _ options: MountOptions
    ) throws(SystemError) -> Descriptor {
        guard let type = mount.type, !type.isEmpty else { throw SystemError(.invalid, "mount", "no type") }
        let context = try FilesystemContext(type)
        try context.set("source", mount.source ?? type)
        for item in options.data {
            guard let sign = item.firstIndex(of: "=") else {
                try context.set(flag: item)
                continue
            }
            try context.set(String(item[..<sign]), String(item[item.index(after: sign)...]))
        }
        return try context.mount(options.set)
    }

    private func fresh(_ mount: RuntimeSpec.Mount, _ options: MountOptions) throws(SystemError) {
        let tree = try freshTree(mount, options)
        let target = try openTarget(mount.destination, mount.type)
        if options.copyUp { try FolderCopy.fillIfEmpty(tree.raw, from: target.raw) }
        try MountTree.attach(tree, to: target, mount.destination)
        try Self.propagate(options, tree.raw)
    }

    /// What the runtime itself trusts later is mounted only where its path says, never through a link of the image
    /// (CVE-2019-19921).
    private func openTarget(_ destination: String, _ type: String?) throws(SystemError) -> Descriptor {
        let target = try root.makeFolder(destination)
        if type == "proc" || type == "sysfs" {
            let direct = try root.openWithoutLinks(destination)
            guard try FileIdentity(direct.raw) == FileIdentity(target.raw) else {
                throw SystemError(.tooManyLinks, "openat2", destination)
            }
        }
        return target
    }

    static func apply(_ options: MountOptions, to tree: CInt, _ object: String) throws(SystemError) {
        if !options.set.isEmpty || !options.clear.isEmpty {
            try MountTree.change(tree, set: options.set, clear: options.clear, object)
        }
        if !options.recursiveSet.isEmpty || !options.recursiveClear.isEmpty {
            try MountTree.change(
                tree, set: options.recursiveSet, clear: options.recursiveClear, recursive: true, object)
        }
    }

    static func propagate(_ options: MountOptions, _ tree: CInt) throws(SystemError) {
        guard let propagation = options.propagation else { return }
        try MountTree.change(tree, propagation: propagation, recursive: options.propagationIsRecursive)
    }
}

import LinuxSystem
import OCISpec

/// Puts the configuration's mounts beneath the root. Runs in the container's mount namespace, before the root is
/// pivoted to: sources are the host's, targets are resolved beneath the root.
struct Mounter {
    let root: RootFolder
    let bundle: String
    let cgroups: CgroupMount
    /// SELinux context of what is mounted fresh.
    var label: String?
    /// Detached mounts that the runtime has opened, by the index of their mount.
    var opened: [Int: SharedDescriptor] = [:]

    func mount(_ mount: RuntimeSpec.Mount, _ index: Int) throws(LaunchError) {
        let options = MountOptions(mount.options ?? [])
        do {
            if options.remount {
                try remount(mount, options)
            } else if let source = BindSource(mount, bundle: bundle) {
                try bind(source, opened[index])
            } else if mount.type == "cgroup" || mount.type == "cgroup2" {
                try cgroups.mount(at: mount.absoluteDestination, options, beneath: root)
            } else {
                try fresh(mount, options, opened[index])
            }
        } catch {
            throw LaunchError(error, "mount \(mount.source ?? mount.type ?? "") on \(mount.destination)")
        }
    }

    /// Copies what the root has at a mount's place into what would be mounted there, when that is empty.
    func fill(_ mount: RuntimeSpec.Mount) throws(LaunchError) {
        try during("fill \(mount.source ?? mount.type ?? "") for \(mount.destination)") { () throws(SystemError) in
            let tree =
                if let source = BindSource(mount, bundle: bundle) { try source.open() } else {
                    try freshTree(mount, MountOptions(mount.options ?? []))
                }
            guard try FileKind(tree.raw) == .folder else { return }
            let place = try root.makeFolder(mount.absoluteDestination)
            try FolderCopy.fillIfEmpty(tree.raw, from: place.raw)
        }
    }

    private func bind(_ source: BindSource, _ opened: SharedDescriptor?) throws(SystemError) {
        let tree = if let opened { try opened.duplicate() } else { try source.open() }
        let destination = source.mount.absoluteDestination
        let isFolder = try FileKind(tree.raw) == .folder
        let target = isFolder ? try root.makeFolder(destination) : try root.makeFile(destination)
        if source.options.copyUp, isFolder { try FolderCopy.fillIfEmpty(tree.raw, from: target.raw) }
        try Self.apply(source.options, to: tree.raw, source.path)
        try MountTree.attach(tree, to: target, destination)
        try Self.propagate(source.options, tree.raw)
    }

    func freshTree(
        _ mount: RuntimeSpec.Mount, _ options: MountOptions
    ) throws(SystemError) -> Descriptor {
        guard let type = mount.type, !type.isEmpty else { throw SystemError(.invalid, "mount", "no type") }
        if type == "overlay" {
            let overlay = OverlayMount(source: mount.source ?? type, options: options.superblock + options.data)
            return try overlay.make(options.set.union(options.recursiveSet), place: bundle)
        }
        let context = try FilesystemContext(type)
        try context.set("source", mount.source ?? type)
        try options.configure(context)
        // proc and sysfs have labels of their own.
        if let label, type != "proc", type != "sysfs" { try context.set("context", label) }
        return try context.mount(options.set.union(options.recursiveSet))
    }

    private func fresh(
        _ mount: RuntimeSpec.Mount, _ options: MountOptions, _ opened: SharedDescriptor?
    ) throws(SystemError) {
        let tree = if let opened { try opened.duplicate() } else { try freshTree(mount, options) }
        if let subpath = options.subpath { return try attach(subpath, of: tree, mount, options) }
        let target = try openTarget(mount.absoluteDestination, mount.type)
        if options.copyUp { try FolderCopy.fillIfEmpty(tree.raw, from: target.raw) }
        try MountTree.attach(tree, to: target, mount.destination)
        try Self.propagate(options, tree.raw)
    }

    /// Changes the mount at the destination: its own attributes, and without `bind` the file system's too.
    private func remount(_ mount: RuntimeSpec.Mount, _ options: MountOptions) throws(SystemError) {
        let place = try root.open(mount.absoluteDestination, .place)
        if !mount.isBind {
            let context = try FilesystemContext(reconfiguring: place.raw, mount.destination)
            try context.set(flag: options.set.contains(.readOnly) ? "ro" : "rw")
            try options.configure(context)
            try context.reconfigure()
        }
        try Self.apply(options, to: place.raw, mount.destination)
        try Self.propagate(options, place.raw)
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

extension MountOptions {
    /// Hands the file system's own words over.
    fileprivate func configure(_ context: borrowing FilesystemContext) throws(SystemError) {
        for item in superblock + data {
            guard let sign = item.firstIndex(of: "=") else {
                try context.set(flag: item)
                continue
            }
            try context.set(String(item[..<sign]), String(item[item.index(after: sign)...]))
        }
    }
}

import LinuxSystem

/// The container's own groups at /sys/fs/cgroup, as its cgroup namespace shows them.
struct CgroupMount {
    let cgroup: Cgroup?
    /// Whether the container has a cgroup namespace, so that a new cgroup2 mount shows its own group as the root.
    let hasNamespace: Bool

    func mount(at destination: String, _ options: MountOptions, beneath root: RootFolder) throws(SystemError) {
        guard let cgroup else { throw SystemError(.noEntry, "cgroup", "the container has no control group") }
        switch cgroup.layout.version {
        case .v1: try mountV1(cgroup, destination, options, root)
        case .v2: try mountV2(cgroup, destination, options, root)
        }
    }

    private func mountV2(
        _ cgroup: Cgroup, _ destination: String, _ options: MountOptions, _ root: RootFolder
    ) throws(SystemError) {
        let target = try root.makeFolder(destination)
        let tree: Descriptor
        if hasNamespace {
            tree = try FilesystemContext("cgroup2").mount(options.set)
        } else {
            tree = try MountTree.copy(cgroup.folders[0], recursive: false)
            try Mounter.apply(options, to: tree.raw, destination)
        }
        try MountTree.attach(tree, to: target, destination)
    }

    /// A small tmpfs with a folder for each hierarchy, each a copy of the mount at the container's own group.
    private func mountV1(
        _ cgroup: Cgroup, _ destination: String, _ options: MountOptions, _ root: RootFolder
    ) throws(SystemError) {
        let context = try FilesystemContext("tmpfs")
        try context.set("source", "tmpfs")
        try context.set("mode", "755")
        let folder = try context.mount(options.set.subtracting(.readOnly))
        let target = try root.makeFolder(destination)
        try MountTree.attach(folder, to: target, destination)
        let beneath = RootFolder(folder.raw)
        for own in cgroup.folders {
            let tree = try MountTree.copy(own, recursive: false)
            try MountTree.change(tree.raw, set: options.set, own)
            let name = String(own.dropFirst(CgroupLayout.root.count + 1).prefix { $0 != "/" })
            try MountTree.attach(tree, to: try beneath.makeFolder("/" + name), "\(destination)/\(name)")
        }
        if options.set.contains(.readOnly) {
            try MountTree.change(folder.raw, set: .readOnly, destination)
        }
    }
}

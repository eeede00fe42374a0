import LinuxSystem
import OCISpec

/// A container's files, reached by the descriptor of its root. The process never becomes one of the container: it keeps
/// its own root, loads nothing from the container's, and is in none of its namespaces when this returns but in the user
/// namespace of one that has its own: owners are then what the container sees.
public struct ContainerFiles {
    /// For `openat2(2)` with `RESOLVE_IN_ROOT`.
    public let root: SharedDescriptor

    /// The files as a running process sees them.
    ///
    /// The calling process must have one thread.
    ///
    /// - Parameters:
    ///   - process: its pidfd.
    ///   - withMounts: whether what is mounted in the root belongs to it; otherwise the root alone is seen, with what
    ///     lies under its mounts.
    ///   - inUserNamespace: it has a user namespace of its own, whose root this process becomes.
    /// - Throws: `noProcess` when it has ended.
    public init(of process: CInt, withMounts: Bool, inUserNamespace: Bool) throws(SystemError) {
        let own = try Namespace.open("/proc/self/ns/mnt")
        try Namespace.join(process, .mount)
        let root = Result { () throws(SystemError) in try Self.openRoot(withMounts: withMounts).shared() }
        try Namespace.join(own.raw, .mount)
        self.root = try root.get()
        guard inUserNamespace else { return }
        // After the mount namespace was left: it is the host's, which nobody in here may join.
        try Namespace.join(process, .user)
        try Credentials.become(uid: 0, gid: 0, groups: [])
    }

    private static func openRoot(withMounts: Bool) throws(SystemError) -> Descriptor {
        withMounts ? try RootFolder.openPlace("/") : try MountTree.copy("/", recursive: false)
    }

    /// The files of a container that does not run: its root and its mounts, in a mount namespace that this process
    /// begins, and that goes with it.
    ///
    /// - Parameter spec: the root, and of the mounts those that are to be seen.
    public init(mounting spec: RuntimeSpec) throws(LaunchError) {
        try during("mount namespace") { () throws(SystemError) in
            try Namespace.unshare(.mount)
            try MountTree.setRootPropagation(.slave, recursive: true)
        }
        // Any folder will do that holds no layer.
        let root = try RootMount(spec, bundle: "/").make(place: "/sys")
        try during("root") { () throws(SystemError) in try MountTree.attachOverRoot(root.raw) }
        let cgroups = CgroupMount(cgroup: nil, hasNamespace: false)
        let mounter = Mounter(root: RootFolder(root.raw), bundle: "/", cgroups: cgroups)
        for (index, mount) in (spec.mounts ?? []).enumerated() { try mounter.mount(mount, index) }
        if spec.root?.readonly == true {
            try during("root") { () throws(SystemError) in try MountTree.change(root.raw, set: .readOnly, "/") }
        }
        self.root = root.shared()
    }
}

import JSON
public import LinuxSystem
public import OCISpec

/// A bundle as any OCI runtime takes it (runtime-spec, bundle.md), made of one with Berth's annotations
/// (`RuntimeAnnotation`): what Berth's own runtime does with them is done beforehand, or said in the specification's
/// words.
///
/// ```
/// <folder>/config.json   without annotations of Berth's
///          rootfs        the root, mounted
///          parts         what no mount of the specification can say, mounted one by one
/// ```
public struct StandardBundle: Sendable {
    public let folder: String

    public init(folder: String) { self.folder = folder }

    /// Mounts the root in the caller's mount namespace, which is to be the caller's own, and writes the configuration.
    ///
    /// - Parameters:
    ///   - bundle: the folder of the bundle that `spec` is from.
    ///   - initProgram: as in `LaunchOptions`.
    public func make(_ spec: RuntimeSpec, from bundle: String, initProgram: String?) throws(LaunchError) {
        let root = try mountRoot(RootMount(spec, bundle: bundle))
        var standard = spec
        // Of the same major version; crun refuses a minor one that is newer than itself.
        standard.ociVersion = "1.0.0"
        standard.root = .init(path: "rootfs", readonly: spec.root?.readonly)
        if let process = spec.process {
            standard.process = try Self.process(
                process, as: spec.annotations?[RuntimeAnnotation.user], in: spec.groups, beneath: RootFolder(root.raw))
        }
        standard.mounts = try mounts(spec.mounts ?? [], from: bundle, RootFolder(root.raw))
        if let pid = try spec.sharedMemoryProcess() {
            let source = try mountPart("shm", try SharedMemory.open(ofProcess: pid))
            standard.mounts?.append(.init(destination: "/dev/shm", type: "bind", source: source, options: ["bind"]))
        }
        if spec.annotations?[RuntimeAnnotation.initProcess] == "true" {
            guard let initProgram else {
                throw LaunchError(.unsupported, "an init was asked for, but the caller named no program for it")
            }
            standard.mounts?.append(
                .init(
                    destination: "/sbin/docker-init", type: "bind", source: initProgram,
                    options: ["bind", "ro", "nosuid"]))
        }
        standard.annotations = spec.annotations?.filter { !$0.key.hasPrefix(RuntimeAnnotation.prefix) }
        try write(standard, to: "config.json")
    }

    /// Writes what the runtime is to read.
    public func write(_ value: some Encodable, to name: String) throws(LaunchError) {
        do {
            try writeFile("\(folder)/\(name)", JSON(encoding: value).serialized(), durable: false)
        } catch {
            throw LaunchError(.system, "\(folder)/\(name): \(error)")
        }
    }

    /// The process with its user and further groups resolved in the container's own files.
    ///
    /// - Parameters:
    ///   - user: as in `RuntimeAnnotation.user`; the process's own when absent.
    ///   - names: of groups.
    public static func process(
        _ process: RuntimeSpec.Process, as user: String?, in names: [String] = [], beneath root: RootFolder
    ) throws(LaunchError) -> RuntimeSpec.Process {
        let resolver = UserResolver(root)
        var resolved = process
        var given = process.user ?? RuntimeSpec.User()
        for name in names { given.additionalGids = (given.additionalGids ?? []) + [try resolver.resolveGroup(name)] }
        guard let user else {
            resolved.user = given
            return resolved
        }
        let identity = try resolver.resolve(user)
        let groups = identity.additionalGroups + (given.additionalGids ?? [])
        resolved.user = .init(uid: identity.uid, gid: identity.gid, additionalGids: groups.isEmpty ? nil : groups)
        resolved.user?.umask = process.user?.umask
        if let home = identity.home, !(process.env ?? []).contains(where: { $0.hasPrefix("HOME=") }) {
            resolved.env = (process.env ?? []) + ["HOME=\(home)"]
        }
        return resolved
    }

    private func mountRoot(_ root: RootMount) throws(LaunchError) -> Descriptor {
        let path = "\(folder)/rootfs"
        try during("root \(path)") { () throws(SystemError) in try makeDirectory(path, mode: 0o755) }
        let tree = try root.make(place: path)
        return try during("root \(path)") { () throws(SystemError) in
            try MountTree.attach(tree, to: try RootFolder.openPlace(path), path)
            return try RootFolder.openPlace(path)
        }
    }

    /// Puts a mount where the runtime finds it by a path.
    private func mountPart(_ name: String, _ tree: SharedDescriptor) throws(LaunchError) -> String {
        let path = "\(folder)/parts/\(name)"
        try during("mount \(path)") { () throws(SystemError) in
            try makeDirectory("\(folder)/parts")
            let isFolder = try FileKind(tree.raw) == .folder
            if isFolder { try makeDirectory(path) } else { try writeFile(path, [], durable: false) }
            try MountTree.attach(try tree.duplicate(), to: try RootFolder.openPlace(path), path)
        }
        return path
    }

    /// Volumes that are to begin with what the image has at their place are filled now.
    private func mounts(
        _ mounts: [RuntimeSpec.Mount], from bundle: String, _ root: RootFolder
    ) throws(LaunchError) -> [RuntimeSpec.Mount] {
        let mounter = Mounter(root: root, bundle: bundle, cgroups: CgroupMount(cgroup: nil, hasNamespace: true))
        var standard: [RuntimeSpec.Mount] = []
        for (index, mount) in mounts.enumerated() {
            var mount = mount
            if let part = try mounter.part(of: mount) {
                mount.source = try mountPart("\(index)", part)
                mount.type = "bind"
                mount.options = ["rbind"] + (mount.options ?? []).filter { ["ro", "rw"].contains($0) }
            }
            if mount.options?.contains("copyup") == true {
                try mounter.fill(mount)
                mount.options?.removeAll { $0 == "copyup" }
            }
            if let source = mount.source, mount.type == "bind", !source.hasPrefix("/") {
                mount.source = "\(bundle)/\(source)"
            }
            standard.append(mount)
        }
        return standard
    }
}

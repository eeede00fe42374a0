import JSON
import LinuxSystem
import OCISpec

/// All that is decided, read and opened before the clone, so that what can be wrong is wrong early and the child does
/// little else than system calls.
struct LaunchPlan {
    let spec: RuntimeSpec
    let options: LaunchOptions
    let linux: RuntimeSpec.Linux
    let program: ProgramSetup
    let namespaces: NamespacePlan
    let root: RootMount
    let cgroup: Cgroup?
    var cgroupFiles: [SharedDescriptor] = []

    init(_ spec: RuntimeSpec, _ options: LaunchOptions) throws(LaunchError) {
        guard let linux = spec.linux else { throw LaunchError(.invalid, "the configuration has no linux part") }
        guard let process = spec.process else { throw LaunchError(.invalid, "the configuration has no process") }
        guard spec.ociVersion.hasPrefix("1.") else {
            throw LaunchError(.unsupported, "ociVersion \(spec.ociVersion) is not supported")
        }
        self.spec = spec
        self.options = options
        self.linux = linux
        namespaces = try NamespacePlan(linux.namespaces ?? [])
        root = try RootMount(spec, bundle: options.bundle)
        cgroup = try Cgroup.of(spec, id: options.id)
        program = try ProgramSetup(
            process, context: try ExecContext(spec, namespaces), preserved: options.preservedDescriptors)
        try Sysctl.check(linux.sysctl ?? [:], namespaces.all)
        guard !namespaces.new.contains(.user) || !(linux.uidMappings ?? []).isEmpty else {
            throw LaunchError(.invalid, "a user namespace needs linux.uidMappings and gidMappings")
        }
        guard spec.hostname == nil || namespaces.all.contains(.uts) else {
            throw LaunchError(.invalid, "a hostname needs a uts namespace")
        }
    }

    /// What is written into the group before the first process is in it.
    var limitsBeforeClone: RuntimeSpec.Resources {
        var resources = linux.resources ?? RuntimeSpec.Resources()
        if deviceRulesInChild != nil { resources.devices = nil }
        return resources
    }

    /// The device rules hold for the container, not for the mounts that its root is made of: a volume on a block device
    /// is opened in the child, before these are written. A user namespace may neither mount such a volume nor write the
    /// rules, so there they come with the other limits.
    var deviceRulesInChild: RuntimeSpec.Resources? {
        guard let rules = linux.resources?.devices, !rules.isEmpty, !namespaces.all.contains(.user) else { return nil }
        var resources = RuntimeSpec.Resources()
        resources.devices = rules
        return resources
    }

    /// The descriptors that the child goes on with.
    func kept(_ channel: ControlChannel) -> [CInt] {
        var kept = [channel.raw] + cgroupFiles.map(\.raw) + namespaces.joined.map(\.file.raw)
        kept += options.streams?.numbers ?? []
        if let listener = options.startListener { kept.append(listener.raw) }
        kept += (0..<options.preservedDescriptors).map { 3 + $0 }
        return kept
    }
}

/// What every process of a container has in common: kept for `exec`.
struct ExecContext {
    let kinds: NamespaceKinds
    var user: String?
    let filterPath: String?
    let hasProfile: Bool

    init(_ spec: RuntimeSpec, _ namespaces: NamespacePlan) throws(LaunchError) {
        kinds = namespaces.all
        user = spec.annotations?[RuntimeAnnotation.user]
        filterPath = spec.annotations?[RuntimeAnnotation.seccompFilter]
        hasProfile = spec.linux?.seccomp.map { !$0.isNull } ?? false
    }

    /// The compiled filter, read before the container's file system can have a say.
    func readFilter() throws(LaunchError) -> [UInt8]? {
        guard let filterPath else {
            guard !hasProfile else {
                throw LaunchError(
                    .unsupported,
                    "linux.seccomp must be compiled first: annotation \(RuntimeAnnotation.seccompFilter) is missing")
            }
            return nil
        }
        return try during("seccomp filter") { () throws(SystemError) in
            try readFile(filterPath, limit: 4096 * 8)
        }
    }
}

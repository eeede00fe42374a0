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
    /// Mounts that the child has not the right to open.
    let opened: OpenedMounts
    let hooks: ContainerHooks
    /// Another container's /dev/shm.
    let sharedMemory: SharedDescriptor?
    var cgroupFiles: [SharedDescriptor] = []

    init(_ spec: RuntimeSpec, _ options: LaunchOptions) throws(LaunchError) {
        try SpecValidation.check(spec)
        guard let linux = spec.linux, let process = spec.process else {
            throw LaunchError(.invalid, "the configuration is not complete")
        }
        self.spec = spec
        self.options = options
        self.linux = linux
        namespaces = try NamespacePlan(linux.namespaces ?? [])
        root = try RootMount(spec, bundle: options.bundle)
        sharedMemory = try spec.sharedMemoryProcess().map { pid throws(LaunchError) in
            try SharedMemory.open(ofProcess: pid)
        }
        cgroup = try Cgroup.of(spec, id: options.id)
        program = try ProgramSetup(
            process, context: try ExecContext(spec, namespaces, options), preserved: options.preservedDescriptors)
        hooks = ContainerHooks(
            id: options.id, bundle: options.bundle, annotations: spec.annotations,
            hooks: spec.hooks ?? RuntimeSpec.Hooks())
        opened = try OpenedMounts(
            spec, bundle: options.bundle, root: namespaces.all.contains(.user) ? root : nil)
    }

    /// Whether the clock offsets are to be written once the time namespace is there.
    var needsTimeOffsets: Bool { namespaces.new.contains(.time) && !(linux.timeOffsets ?? [:]).isEmpty }

    /// Whether the child waits until the runtime has written what only it may write.
    var needsParent: Bool { namespaces.all.contains(.user) || needsTimeOffsets }

    /// Where the root is attached, for hooks that look for it, or mount something, where the configuration has it; over
    /// this namespace's own otherwise. A place that is shared with the host cannot be left by a pivot, and one inside a
    /// folder that the container's users may not enter cannot be had.
    var rootPlace: String? {
        guard hooks.has(.prestart, .createRuntime, .createContainer), case .folder(let path) = root else { return nil }
        let isShared = linux.rootfsPropagation?.hasSuffix("shared") == true
        return isShared || namespaces.all.contains(.user) ? nil : path
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
        var kept = [channel.raw] + cgroupFiles.map(\.raw) + namespaces.joined.map(\.file.raw) + opened.numbers
        if let sharedMemory { kept.append(sharedMemory.raw) }
        kept += options.streams?.numbers ?? []
        if let listener = options.startListener { kept.append(listener.raw) }
        kept += (0..<options.preservedDescriptors).map { 3 + $0 }
        return kept
    }
}

import LinuxSystem
import OCISpec

/// Builds the container's root in its own mount namespace, by descriptor throughout; the host sees none of it.
struct RootBuilder: ~Copyable {
    private let plan: LaunchPlan
    private let root: Descriptor
    private let propagation: (value: MountPropagation, recursive: Bool)?

    /// Makes the root and puts it over this namespace's, where only `finish` makes it seen.
    init(_ plan: LaunchPlan) throws(LaunchError) {
        let propagation = plan.linux.rootfsPropagation.flatMap { MountOptions.propagation(named: $0) }
        try Self.separate(shared: propagation?.value == .shared)
        let root = try Self.root(plan)
        try during("root") { () throws(SystemError) in
            guard let place = plan.rootPlace else { return try MountTree.attachOverRoot(root.raw) }
            try MountTree.attach(root, to: try RootFolder.openPlace(place), place)
        }
        self.plan = plan
        self.root = root
        self.propagation = propagation
    }

    private static func root(_ plan: LaunchPlan) throws(LaunchError) -> Descriptor {
        guard let opened = plan.opened.root else { return try plan.root.make(place: plan.options.bundle) }
        return try during("root") { () throws(SystemError) in try opened.duplicate() }
    }

    /// Nothing that is mounted from here on may reach the host. With shared propagation the mounts below the root keep
    /// their peers, and only the place where the new root goes is cut off.
    private static func separate(shared: Bool) throws(LaunchError) {
        try during("mount propagation") { () throws(SystemError) in
            if shared {
                try MountTree.setRootPropagation(.private, recursive: false)
            } else {
                try MountTree.setRootPropagation(.slave, recursive: true)
            }
        }
    }

    private var folder: RootFolder { RootFolder(root.raw) }

    /// Runs a stage's hooks in the root that is built, before it is entered.
    func run(_ stage: HookStage) throws(LaunchError) {
        guard plan.hooks.has(stage) else { return }
        let folder = try during("root") { () throws(SystemError) in try root.duplicate().shared() }
        try plan.hooks.run(stage, pid: CurrentProcess.pid, in: folder)
    }

    func mountAll() throws(LaunchError) {
        // Modes of nodes and folders are meant as they are given.
        CurrentProcess.setFileModeMask(0)
        let cgroups = CgroupMount(cgroup: plan.cgroup, hasNamespace: plan.namespaces.all.contains(.cgroup))
        let label = plan.linux.mountLabel.flatMap { $0.isEmpty ? nil : $0 }
        let mounter = Mounter(
            root: folder, bundle: plan.options.bundle, cgroups: cgroups, label: label, opened: plan.opened.sources)
        let mounts = plan.spec.mounts ?? []
        for (index, mount) in mounts.enumerated() { try mounter.mount(mount, index) }
        if let sharedMemory = plan.sharedMemory { try SharedMemory.attach(sharedMemory, beneath: folder) }
        if !mounts.contains(where: { Self.isBoundDev($0) }) {
            let devices = Devices(root: folder, bindOnly: plan.namespaces.all.contains(.user))
            try devices.make(plan.linux.devices ?? [])
        }
        if plan.spec.annotations?[RuntimeAnnotation.initProcess] == "true" { try bindInit() }
        let protected = ProtectedPaths(root: folder)
        try protected.makeReadOnly(plan.linux.readonlyPaths ?? [])
        try protected.mask(plan.linux.maskedPaths ?? [])
        CurrentProcess.setFileModeMask(0o022)
    }

    private static func isBoundDev(_ mount: RuntimeSpec.Mount) -> Bool {
        mount.isBind && ["/dev", "/dev/"].contains(mount.absoluteDestination)
    }

    private func bindInit() throws(LaunchError) {
        guard let program = plan.options.initProgram else {
            throw LaunchError(.unsupported, "an init was asked for, but the caller named no program for it")
        }
        try during("init \(program)") { () throws(SystemError) in
            let tree = try MountTree.copy(program, recursive: false)
            try MountTree.change(tree.raw, set: [.readOnly, .noSUID], program)
            try MountTree.attach(tree, to: try folder.makeFile("/sbin/docker-init", mode: 0o755), program)
        }
    }

    /// A terminal's two ends, open for as long as the process is being set up.
    struct Console {
        var master: CInt
        var peer: CInt
    }

    /// Opens a terminal in the container's own devpts and puts it at /dev/console, all by descriptor.
    func makeConsole() throws(LaunchError) -> Console {
        try during("terminal") { () throws(SystemError) in
            let terminal = try PseudoTerminal(devpts: try folder.open("/dev/pts", .folder))
            let tree = try MountTree.copy(of: terminal.peer.raw, recursive: false)
            try MountTree.attach(tree, to: try folder.makeFile("/dev/console"), "/dev/console")
            try PseudoTerminal.makeControlling(terminal.peer.raw)
            if let size = plan.program.process.consoleSize {
                try PseudoTerminal.resize(
                    terminal.peer.raw, width: UInt16(clamping: size.width), height: UInt16(clamping: size.height))
            }
            let (master, peer) = terminal.release()
            return Console(master: master, peer: peer)
        }
    }

    /// Makes the root what this process sees and drops the host's.
    consuming func finish() throws(LaunchError) {
        try during("root") { () throws(SystemError) in
            if plan.spec.root?.readonly == true { try MountTree.change(root.raw, set: .readOnly, "/") }
            try MountTree.becomeRoot(root.raw, moving: plan.options.movesRoot)
            if let propagation {
                try MountTree.setRootPropagation(propagation.value, recursive: propagation.recursive)
            }
        }
    }
}

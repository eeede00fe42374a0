import BerthAPI
import ContainerRuntime
import LinuxSystem
import OCISpec
import ShimStreams

extension LauncherProcess {
    /// Has another runtime create the container, waits for `start`, has it started.
    func launch(
        _ runtime: OCIRuntime, _ bundle: Bundle, _ settings: ShimSettings, _ streams: StandardStreams?
    ) throws {
        // What the runtime leaves is this process's child, which keeps its status until the shim knows of it.
        try CurrentProcess.adoptOrphans()
        do {
            let created = try create(runtime, bundle, settings, streams)
            try send("P", "\(created.pid)")
            guard case .start(let size) = try waitForStart() else { return try runtime.delete() }
            try tell([], created.terminal, size)
            try runtime.start()
        } catch {
            try runtime.delete()
            throw error
        }
    }

    private func create(
        _ runtime: OCIRuntime, _ bundle: Bundle, _ settings: ShimSettings, _ streams: StandardStreams?
    ) throws -> OCIRuntime.Started {
        // The root is mounted where only the runtime sees it.
        try Namespace.unshare(.mount)
        try MountTree.setRootPropagation(.slave, recursive: true)
        try makeDirectory("\(runtime.bundle.folder)/state")
        try runtime.bundle.make(try bundle.readSpec(), from: bundle.path, initProgram: settings.initProgram)
        let created = try runtime.create(streams)
        guard let identity = ProcessIdentity(pid: created.pid) else {
            throw BerthError(.internal, "the container's first process was killed")
        }
        try bundle.write(
            ShimIdentity(shim: Int(shim), pid: Int(created.pid), startTime: identity.startTime, container: nil))
        return created
    }

    func exec(
        _ runtime: OCIRuntime, key: String, _ config: ExecConfig, _ size: TerminalSize?, _ bundle: Bundle,
        _ streams: StandardStreams?
    ) throws {
        try CurrentProcess.adoptOrphans()
        let spec = try bundle.readSpec()
        var process = try Self.process(config, size, spec)
        let user = config.user ?? spec.annotations?[RuntimeAnnotation.user]
        if user != nil || !spec.groups.isEmpty {
            let root = try RootFolder.openPlace("/proc/\(try bundle.readIdentity().pid)/root")
            process = try StandardBundle.process(process, as: user, in: spec.groups, beneath: RootFolder(root.raw))
        }
        let started = try runtime.exec(process, key: key, streams)
        try tell([], started.terminal, nil)
        try send("P", "\(started.pid)")
    }
}

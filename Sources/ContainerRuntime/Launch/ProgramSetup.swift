import LinuxSystem
import OCISpec

/// The last part of setting up a process, the same for a container's first and for an `exec`: from "inside the root" to
/// the exec.
struct ProgramSetup {
    let process: RuntimeSpec.Process
    let arguments: [String]
    let context: ExecContext
    let filter: [UInt8]?
    let capabilities: CapabilitySets
    let preserved: CInt

    /// The process is a validated one.
    init(_ process: RuntimeSpec.Process, context: ExecContext, preserved: CInt = 0) throws(LaunchError) {
        self.process = process
        arguments = process.args ?? []
        self.preserved = preserved
        self.context = context
        filter = try context.readFilter()
        capabilities = CapabilitySets(process.capabilities)
    }

    /// What `prepare` found out.
    struct Prepared {
        var program: String
        var environment: [String]
    }

    /// Everything that can fail for a reason in the container: limits, user, folder, program. `streams` are the
    /// program's descriptors 0 to 2, `terminal` says that they are one.
    func prepare(_ reporter: Reporter, streams: [CInt], terminal: Bool) throws(LaunchError) -> Prepared {
        try setLimits(reporter)
        let root = try during("root") { () throws(SystemError) in try RootFolder.openPlace("/") }
        let identity = try identity(RootFolder(root.raw))
        try checkMapped(identity)
        try enterWorkingDirectory(RootFolder(root.raw))
        try place(streams, terminal: terminal, owner: identity.uid)
        CurrentProcess.setFileModeMask(process.user?.umask ?? 0o022)
        if let personality = context.personality {
            try during("personality") { () throws(SystemError) in
                try CurrentProcess.setPersonality(UInt(personality))
            }
        }
        // As late as can be: at the lowest priority the rest of the way is long.
        if !context.kinds.contains(.user) { try setPriorities() }
        try become(identity, reporter)
        var environment = ProcessEnvironment.merged(process.env ?? [])
        if !environment.contains(where: { $0.hasPrefix("HOME=") }) {
            environment.append("HOME=\(identity.home ?? "/")")
        }
        let program = try ProgramLookup.find(arguments[0], environment: environment)
        return Prepared(program: program, environment: environment)
    }

    /// Loads the filter, sets the capabilities, runs the last hooks and becomes the program. Without no_new_privs loading
    /// needs CAP_SYS_ADMIN, so it comes before the capabilities are dropped; with it, it comes last and lets fewer calls
    /// by.
    func execute(_ prepared: Prepared, _ reporter: Reporter, _ hooks: ContainerHooks?) throws(LaunchError) {
        try during("descriptors") { () throws(SystemError) in
            try CurrentProcess.closeOnExec(from: 3 + preserved)
        }
        CurrentProcess.resetSignals()
        if process.noNewPrivileges == true {
            try capabilities.apply()
            try during("no_new_privs") { () throws(SystemError) in try Credentials.forbidNewPrivileges() }
            try loadFilter(reporter)
        } else {
            if filter != nil {
                try CapabilitySets.raiseEffective()
                try loadFilter(reporter)
            }
            try capabilities.apply()
        }
        // As confined as the program: they come from the container's own files.
        try hooks?.run(.startContainer, pid: CurrentProcess.pid)
        do {
            try CurrentProcess.execute(prepared.program, arguments: arguments, environment: prepared.environment)
        } catch {
            throw ProgramLookup.failure(arguments[0], error)
        }
    }

    private func identity(_ root: RootFolder) throws(LaunchError) -> UserResolver.Identity {
        let resolver = UserResolver(root)
        let named = try context.groups.map { group throws(LaunchError) in try resolver.resolveGroup(group) }
        if let user = context.user, !user.isEmpty {
            var identity = try resolver.resolve(user)
            identity.additionalGroups += (process.user?.additionalGids ?? []) + named
            return identity
        }
        let user = process.user ?? RuntimeSpec.User()
        let needsHome = !(process.env ?? []).contains { $0.hasPrefix("HOME=") }
        return UserResolver.Identity(
            uid: user.uid, gid: user.gid, additionalGroups: (user.additionalGids ?? []) + named,
            home: needsHome ? try resolver.home(of: user.uid) : nil)
    }

    /// The kernel's own word for it would be EINVAL, of whatever comes first.
    private func checkMapped(_ identity: UserResolver.Identity) throws(LaunchError) {
        guard let maps = context.maps else { return }
        let groups = [identity.gid] + identity.additionalGroups
        for (kind, id, ranges) in [("user", identity.uid, maps.users)] + groups.map({ ("group", $0, maps.groups) })
        where ranges.outside(id) == nil {
            let known = ranges.map { "\($0.inside)-\($0.inside + ($0.size - 1))" }.joined(separator: ", ")
            throw LaunchError(
                .unknownUser, "\(kind) \(id) is not mapped: the container's user namespace has the ids \(known)")
        }
    }

    /// Enters the folder by descriptor and proves that it is inside the root (CVE-2024-21626).
    private func enterWorkingDirectory(_ root: RootFolder) throws(LaunchError) {
        try during("working directory \(process.cwd)") { () throws(SystemError) in
            let makes = context.makesWorkingDirectory
            let folder = makes ? try root.makeFolder(process.cwd) : try root.open(process.cwd, .folder)
            try CurrentProcess.changeDirectory(to: folder.raw, process.cwd)
            guard try CurrentProcess.workingDirectory().hasPrefix("/") else {
                throw SystemError(.noEntry, "getcwd", "\(process.cwd) is outside the root")
            }
        }
    }

    private func place(_ streams: [CInt], terminal: Bool, owner: UInt32) throws(LaunchError) {
        try during("standard streams") { () throws(SystemError) in
            if terminal {
                try PseudoTerminal.setOwner(streams[0], uid: owner)
            } else if owner != 0 {
                for stream in streams { try CurrentProcess.givePipe(stream, to: owner) }
            }
            try CurrentProcess.placeStandardStreams(streams)
        }
    }

    private func become(_ identity: UserResolver.Identity, _ reporter: Reporter) throws(LaunchError) {
        for name in capabilities.unknown {
            try reporter.send(Report.warning, "capability \(name) is not known here and is left out")
        }
        for name in try capabilities.limitBounding() {
            try reporter.send(Report.warning, "\(name) cannot be given: this host's runtime has not got it itself")
        }
        try during("user \(identity.uid):\(identity.gid)") { () throws(SystemError) in
            try Credentials.keepCapabilities()
            try Credentials.become(uid: identity.uid, gid: identity.gid, groups: identity.additionalGroups)
        }
    }

    private func loadFilter(_ reporter: Reporter) throws(LaunchError) {
        guard let filter else { return }
        let listener = try during("seccomp filter") { () throws(SystemError) in
            try SeccompListener.load(filter, context.seccomp.flags, listening: context.seccomp.listenerPath != nil)
        }
        guard let listener else { return }
        try reporter.send(Report.listener, descriptor: listener.raw)
    }
}

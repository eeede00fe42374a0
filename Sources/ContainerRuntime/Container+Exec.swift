public import LinuxSystem
public import OCISpec

/// A further process in a container; a child of the caller.
public struct StartedProcess: Sendable {
    public let pid: CInt
    public let pidfd: SharedDescriptor
    public let terminal: SharedDescriptor?
    public let warnings: [String]
}

extension Container {
    /// Runs another process in the container: its namespaces, cgroup and seccomp filter, and the identity, limits and
    /// capabilities of `process`. Returns once the program is executed.
    ///
    /// Throws `state` when the container is paused and the options do not say that this is meant.
    public func exec(
        _ process: RuntimeSpec.Process, _ options: ExecOptions = ExecOptions()
    ) throws(LaunchError) -> StartedProcess {
        let frozen = try during("exec") { () throws(SystemError) in try cgroup?.isFrozen ?? false }
        guard !frozen || options.ignoresPause else { throw LaunchError(.state, "container \(id) is paused") }
        try SpecValidation.check(process)
        var context = context.asUser(options.user, options.groups)
        if context.kinds.contains(.user) {
            context.maps = try OutsideSetup.maps(of: pid)
            try OutsideSetup.givePipes(options.streams, toRootOf: pid)
        }
        let setup = try ProgramSetup(process, context: context, preserved: options.preservedDescriptors)
        let files = try during("control group") { () throws(SystemError) in try cgroup?.entryFiles() ?? [] }
        let child = { (channel: ControlChannel) -> Never in
            let child = ExecChild(
                setup: setup, kinds: self.context.kinds, target: self.pidfd, cgroupFiles: files,
                streams: options.streams)
            child.run(Reporter(channel: channel))
        }
        let connection = try SeccompAgent.connect(context.seccomp)
        let (pid, pidfd, channel) = try cloneInside(child)
        let agent = SeccompAgent(connection, context.seccomp, pid: pid, state("running"))
        return try Self.follow(pid, pidfd, channel, agent)
    }

    /// The end of the channel tells that the exec has happened, so this process must not hold the child's end when it
    /// waits: it goes away with this function.
    private func cloneInside(
        _ child: (ControlChannel) -> Never
    ) throws(LaunchError) -> (CInt, SharedDescriptor, ControlChannel) {
        let (own, childs) = try during("channel") { () throws(SystemError) in try ControlChannel.pair() }
        let side = try during("clone") { () throws(SystemError) in try cloneInGroup() }
        switch consume side {
        case .child: child(childs)
        case .parent(let pid, let pidfd): return (pid, pidfd.shared(), own)
        }
    }

    /// Into the container's group or, where it has divided that one and hands controllers down, into the part that its
    /// first process is in: the kernel lets no process into the group itself then ("No Internal Process Constraint" of
    /// cgroup-v2.rst). systemd as the first process does so.
    private func cloneInGroup() throws(SystemError) -> CloneSide {
        do {
            return try clone(in: cgroup)
        } catch  where error.errno == .busy {
            guard let part = try cgroup?.part(of: pid) else { throw error }
            return try clone(in: part)
        }
    }

    private func clone(in group: Cgroup?) throws(SystemError) -> CloneSide {
        let birthplace = try group?.birthplace()
        defer { withExtendedLifetime(birthplace) {} }
        return try Birth.insidePid(context.kinds.contains(.pid) ? pidfd : nil, [], cgroup: birthplace?.raw)
    }

    private static func follow(
        _ pid: CInt, _ pidfd: SharedDescriptor, _ channel: ControlChannel, _ agent: SeccompAgent?
    ) throws(LaunchError) -> StartedProcess {
        do throws(LaunchError) {
            var terminal: SharedDescriptor?
            var warnings: [String] = []
            try SeccompAgent.follow(channel, agent) { (message) throws(LaunchError) in
                switch message.bytes.first {
                case Report.warning: warnings.append(String(decoding: message.bytes.dropFirst(), as: UTF8.self))
                case Report.terminal: terminal = message.descriptor
                default: throw LaunchError(report: message.bytes)
                }
            }
            return StartedProcess(pid: pid, pidfd: pidfd, terminal: terminal, warnings: warnings)
        } catch {
            try during("clean up") { () throws(SystemError) in try end(pidfd.raw) }
            throw error
        }
    }
}

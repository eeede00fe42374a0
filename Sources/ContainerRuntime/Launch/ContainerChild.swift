import LinuxSystem
import OCISpec

/// The container's first process from the clone to the exec. A copy of a process with one thread, so any code may run;
/// it never returns to its parent's frames.
struct ContainerChild {
    let plan: LaunchPlan
    var reporter: Reporter

    static func run(_ plan: LaunchPlan, _ channel: ControlChannel) -> Never {
        var child = ContainerChild(plan: plan, reporter: Reporter(channel: channel))
        do {
            try child.setUp()
        } catch {
            child.reporter.fail(error)
        }
        CurrentProcess.exitNow(125)
    }

    private mutating func setUp() throws(LaunchError) {
        try during("clean up") { () throws(SystemError) in
            try CurrentProcess.closeAll(except: plan.kept(reporter.channel))
            // Nobody in the container may look into this process: its memory is the engine's until the exec.
            try CurrentProcess.setDumpable(false)
        }
        try enterNamespaces()
        try configureKernel()
        let streams = try makeRoot()
        let prepared = try plan.program.prepare(
            reporter, streams: streams?.map { $0 } ?? [0, 1, 2], terminal: plan.program.process.terminal == true)
        try reporter.send(Report.ready)
        try waitForStart()
        try plan.program.execute(prepared, reporter, plan.hooks)
    }

    private func enterNamespaces() throws(LaunchError) {
        try during("control group") { () throws(SystemError) in try Cgroup.enter(plan.cgroupFiles) }
        try plan.namespaces.join()
        if plan.namespaces.new.contains(.time) {
            try during("time namespace") { () throws(SystemError) in try Namespace.unshare(.time) }
            if plan.needsTimeOffsets { try reporter.send(Report.timed) }
        }
        if plan.needsParent { try reporter.wait(for: Report.mapped) }
        if plan.namespaces.new.contains(.user) {
            try during("user namespace") { () throws(SystemError) in
                try Credentials.become(uid: 0, gid: 0, groups: [])
            }
        }
        if plan.namespaces.new.contains(.time) {
            try during("time namespace") { () throws(SystemError) in try Namespace.enterOwnTime() }
        }
        try during("session") { () throws(SystemError) in
            if plan.namespaces.new.contains(.cgroup) { try Namespace.unshare(.cgroup) }
            try CurrentProcess.setNewSession()
        }
        if plan.program.context.hasOwnKeyring { try SessionKeyring.join(reporter) }
    }

    /// Names, parameters and weights, through the host's procfs, which no image can have replaced.
    private func configureKernel() throws(LaunchError) {
        let proc = try during("proc") { () throws(SystemError) in try KernelFolder("/proc", [.proc]) }
        try during("host name and loopback") { () throws(SystemError) in
            if let name = plan.spec.hostname { try CurrentProcess.setHostname(name) }
            if plan.namespaces.new.contains(.network) { try CurrentProcess.bringUpLoopback() }
            if let name = plan.spec.domainname { try CurrentProcess.setDomainName(name) }
        }
        try Sysctl.apply(plan.linux.sysctl ?? [:], proc)
        try plan.program.setLabels(proc)
        if !plan.namespaces.all.contains(.user) {
            if let warning = try plan.program.setOOMScore(proc, "self") { try reporter.send(Report.warning, warning) }
        }
    }

    /// Builds the root and pivots to it. Returns the program's three descriptors when they are not the caller's own.
    private func makeRoot() throws(LaunchError) -> [CInt]? {
        let builder = try RootBuilder(plan)
        try builder.mountAll()
        let console = plan.program.process.terminal == true ? try builder.makeConsole() : nil
        if plan.hooks.has(.prestart, .createRuntime) {
            try reporter.send(Report.built)
            try reporter.wait(for: Report.hooked)
        }
        try builder.run(.createContainer)
        if let rules = plan.deviceRulesInChild { try plan.cgroup?.apply(rules) }
        try builder.finish()
        guard let console else { return plan.options.streams?.numbers }
        try reporter.send(Report.terminal, descriptor: console.master)
        return [console.peer, console.peer, console.peer]
    }

    private mutating func waitForStart() throws(LaunchError) {
        if let listener = plan.options.startListener {
            reporter = Reporter(
                channel: try during("wait for start") { () throws(SystemError) in
                    try ControlChannel.accept(listener.raw)
                })
        }
        try reporter.wait(for: Report.start)
    }
}

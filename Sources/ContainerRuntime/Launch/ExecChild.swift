import LinuxSystem
import OCISpec

/// A further process of a container from the clone to the exec.
struct ExecChild {
    let setup: ProgramSetup
    let kinds: NamespaceKinds
    let target: SharedDescriptor
    let cgroupFiles: [SharedDescriptor]
    let streams: StandardStreams?

    func run(_ reporter: Reporter) -> Never {
        do {
            try enter(reporter)
            let streams = try openStreams(reporter)
            let prepared = try setup.prepare(reporter, streams: streams, terminal: setup.process.terminal == true)
            try setup.execute(prepared, reporter, nil)
        } catch {
            reporter.fail(error)
        }
        CurrentProcess.exitNow(125)
    }

    private func enter(_ reporter: Reporter) throws(LaunchError) {
        try during("clean up") { () throws(SystemError) in
            try CurrentProcess.closeAll(
                except: [reporter.channel.raw, target.raw] + cgroupFiles.map(\.raw) + (streams?.numbers ?? [])
                    + (0..<setup.preserved).map { 3 + $0 })
            // Before the container's processes can see this one (CVE-2016-9962).
            try CurrentProcess.setDumpable(false)
        }
        let proc = try during("proc") { () throws(SystemError) in try KernelFolder("/proc", [.proc]) }
        try setup.setLabels(proc)
        if let warning = try setup.setOOMScore(proc, "self") { try reporter.send(Report.warning, warning) }
        if kinds.contains(.user) { try setup.setPriorities() }
        try during("control group") { () throws(SystemError) in try Cgroup.enter(cgroupFiles) }
        try during("enter the container") { () throws(SystemError) in
            try Namespace.join(target.raw, kinds.subtracting(.pid))
            if kinds.contains(.user) { try Credentials.become(uid: 0, gid: 0, groups: []) }
            try CurrentProcess.setNewSession()
        }
        // The caller's own keyring is nobody's business in the container.
        if setup.context.hasOwnKeyring { try SessionKeyring.join(reporter) }
    }

    private func openStreams(_ reporter: Reporter) throws(LaunchError) -> [CInt] {
        guard setup.process.terminal == true else { return streams?.numbers ?? [0, 1, 2] }
        let (master, peer) = try during("terminal") { () throws(SystemError) -> (CInt, CInt) in
            let root = try RootFolder.openPlace("/")
            let terminal = try PseudoTerminal(devpts: try RootFolder(root.raw).open("/dev/pts", .folder))
            try PseudoTerminal.makeControlling(terminal.peer.raw)
            if let size = setup.process.consoleSize {
                try PseudoTerminal.resize(
                    terminal.peer.raw, width: UInt16(clamping: size.width), height: UInt16(clamping: size.height))
            }
            return terminal.release()
        }
        try reporter.send(Report.terminal, descriptor: master)
        return [peer, peer, peer]
    }
}

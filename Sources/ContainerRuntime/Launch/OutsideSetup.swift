import LinuxSystem
import OCISpec

/// What the runtime writes for a first process that has not the right to: one in a user namespace is nobody outside.
struct OutsideSetup {
    let plan: LaunchPlan
    let pid: CInt

    /// Writes it and lets the process go on. Returns warnings.
    func perform(_ channel: ControlChannel) throws(LaunchError) -> [String] {
        if plan.needsTimeOffsets { try expect(Report.timed, channel) }
        let folder = try during("process") { () throws(SystemError) in try KernelFolder("/proc/\(pid)", [.proc]) }
        if plan.needsTimeOffsets { try writeTimeOffsets(folder) }
        if plan.namespaces.new.contains(.user) {
            let maps = UserNamespace.Maps(
                users: plan.linux.uidMappings?.ranges ?? [], groups: plan.linux.gidMappings?.ranges ?? [])
            try during("user namespace") { () throws(SystemError) in try maps.write(folder) }
        }
        var warnings: [String] = []
        if plan.namespaces.all.contains(.user) {
            try Self.givePipes(plan.options.streams, toRootOf: pid)
            let proc = try during("proc") { () throws(SystemError) in try KernelFolder("/proc", [.proc]) }
            try plan.program.setPriorities(of: pid)
            warnings += [try plan.program.setOOMScore(proc, "\(pid)")].compactMap { $0 }
        }
        try during("user namespace") { () throws(SystemError) in try channel.send([Report.mapped]) }
        return warnings
    }

    private func writeTimeOffsets(_ folder: borrowing KernelFolder) throws(LaunchError) {
        for (clock, offset) in (plan.linux.timeOffsets ?? [:]).sorted(by: { $0.key < $1.key }) {
            do {
                try folder.write("timens_offsets", "\(clock) \(offset.secs ?? 0) \(offset.nanosecs ?? 0)\n")
            } catch {
                throw LaunchError(error, "linux.timeOffsets.\(clock)")
            }
        }
    }

    private func expect(_ kind: UInt8, _ channel: ControlChannel) throws(LaunchError) {
        guard let message = try during("set up", { () throws(SystemError) in try channel.receive() }) else {
            throw LaunchError(.system, "the container's first process was killed while it was set up")
        }
        guard message.bytes.first == kind else { throw LaunchError(report: message.bytes) }
    }

    /// Of the user namespace that a process is in.
    static func maps(of pid: CInt) throws(LaunchError) -> UserNamespace.Maps {
        try during("user namespace") { () throws(SystemError) in
            try UserNamespace.Maps(KernelFolder("/proc/\(pid)", [.proc]))
        }
    }

    /// Gives the pipes among the program's streams to the root of a process's user namespace, who gives them on: nobody
    /// in there may change the owner of what belongs to no user of theirs.
    static func givePipes(_ streams: StandardStreams?, toRootOf pid: CInt) throws(LaunchError) {
        let maps = try maps(of: pid)
        try during("standard streams") { () throws(SystemError) in
            guard let user = maps.users.outside(0), let group = maps.groups.outside(0) else { return }
            for stream in streams?.numbers ?? [0, 1, 2] {
                try CurrentProcess.givePipe(stream, to: user, group: group)
            }
        }
    }
}

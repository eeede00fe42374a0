import LinuxSystem

/// How a process of a container comes to be a child of this one and yet in the container's namespaces.
enum Birth {
    /// Clones the first process.
    static func first(_ namespaces: NamespacePlan, cgroup: CInt?) throws(LaunchError) -> CloneSide {
        if let user = namespaces.userNamespace { return try insideForeignUser(user, namespaces, cgroup: cgroup) }
        return try during("clone") { () throws(SystemError) in
            try insidePid(namespaces.pidNamespace, namespaces.cloned, cgroup: cgroup)
        }
    }

    /// Clones into a pid namespace that exists: this process's children are born there for the time of the call, so that
    /// the new process is this one's own child, without one in between.
    static func insidePid(
        _ namespace: SharedDescriptor?, _ kinds: NamespaceKinds, cgroup: CInt?
    ) throws(SystemError) -> CloneSide {
        guard let namespace else { return try cloneProcess(kinds, cgroup: cgroup) }
        let own = try Namespace.open("/proc/self/ns/pid")
        try Namespace.join(namespace.raw, .pid)
        let side: CloneSide
        do {
            side = try cloneProcess(kinds, cgroup: cgroup)
        } catch {
            try Namespace.join(own.raw, .pid)
            throw error
        }
        switch consume side {
        case .child: return .child
        case .parent(let pid, let pidfd):
            try Namespace.join(own.raw, .pid)
            return .parent(pid: pid, pidfd: pidfd)
        }
    }

    /// A namespace belongs to the user namespace of whoever makes it, and from a foreign one there is no way back: a
    /// process in between enters it, bears the first process as its sibling, and ends.
    private static func insideForeignUser(
        _ user: SharedDescriptor, _ namespaces: NamespacePlan, cgroup: CInt?
    ) throws(LaunchError) -> CloneSide {
        let (own, others) = try during("channel") { () throws(SystemError) in try ControlChannel.pair() }
        let side = try during("clone") { () throws(SystemError) in try cloneProcess([], cgroup: cgroup) }
        switch consume side {
        case .child:
            do {
                return try bearSibling(user, namespaces, Reporter(channel: others))
            } catch {
                Reporter(channel: others).fail(error)
            }
        case .parent(_, let pidfd):
            let born = try during("clone") { () throws(SystemError) -> ControlChannel.Message? in
                let message = try own.receive()
                _ = try ProcessDescriptor.wait(pidfd.raw)
                return message
            }
            return try sibling(born)
        }
    }

    /// The side in between. Returns in the sibling only.
    private static func bearSibling(
        _ user: SharedDescriptor, _ namespaces: NamespacePlan, _ reporter: Reporter
    ) throws(LaunchError) -> CloneSide {
        let side = try during("join user namespace") { () throws(SystemError) -> CloneSide in
            try CurrentProcess.setDumpable(false)
            try Namespace.join(user.raw, .user)
            try Credentials.become(uid: 0, gid: 0, groups: [])
            if let pid = namespaces.pidNamespace { try Namespace.join(pid.raw, .pid) }
            return try cloneProcess(namespaces.cloned, sibling: true)
        }
        guard case .parent(let pid, let pidfd) = consume side else { return .child }
        let number = UInt32(bitPattern: pid)
        try during("report to the runtime") { () throws(SystemError) in
            try reporter.channel.send(
                [Report.born] + (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }, descriptor: pidfd.raw)
        }
        CurrentProcess.exitNow(0)
    }

    private static func sibling(_ message: ControlChannel.Message?) throws(LaunchError) -> CloneSide {
        guard let message else { throw LaunchError(.system, "the process that enters the user namespace was killed") }
        guard message.bytes.count == 5, message.bytes[0] == Report.born, let pidfd = message.descriptor else {
            throw LaunchError(report: message.bytes)
        }
        let pid = (0..<4).reduce(UInt32(0)) { $0 | UInt32(message.bytes[1 + $1]) << (8 * $1) }
        let own = try during("clone") { () throws(SystemError) in try pidfd.duplicate() }
        return .parent(pid: CInt(bitPattern: pid), pidfd: own)
    }
}

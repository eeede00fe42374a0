import LinuxSystem
public import OCISpec

extension SpecValidation {
    /// A process, of a configuration or of an `exec`.
    public static func check(_ process: RuntimeSpec.Process) throws(LaunchError) {
        guard let arguments = process.args, let program = arguments.first else {
            throw .invalid("process.args", "is empty")
        }
        guard !program.isEmpty else { throw .invalid("process.args[0]", "is empty") }
        for (index, argument) in arguments.enumerated() { try checkText("process.args[\(index)]", argument) }
        try check(environment: process.env ?? [])
        try checkAbsolute("process.cwd", process.cwd)
        if let size = process.consoleSize {
            try check("process.consoleSize.height", isIn: 0...0xffff, size.height)
            try check("process.consoleSize.width", isIn: 0...0xffff, size.width)
        }
        if let score = process.oomScoreAdj { try check("process.oomScoreAdj", isIn: -1000...1000, score) }
        if let user = process.user { try check(user) }
        try check(limits: process.rlimits ?? [])
        if let scheduler = process.scheduler { _ = try SchedulingPolicy(scheduler) }
        if let priority = process.ioPriority { _ = try priority.value() }
        try checkLabels(process)
    }

    /// What a program could not look up, or would see cut off, is no variable; of two with the same name the last counts.
    private static func check(environment: [String]) throws(LaunchError) {
        for (index, entry) in environment.enumerated() {
            let field = "process.env[\(index)]"
            try checkText(field, entry)
            guard entry.utf8.first != UInt8(ascii: "=") else { throw .invalid(field, "\"\(entry)\" has no name") }
            guard entry.utf8.contains(UInt8(ascii: "=")) else { throw .invalid(field, "\"\(entry)\" has no \"=\"") }
        }
    }

    private static func check(_ user: RuntimeSpec.User) throws(LaunchError) {
        // 2³²−1 is "no id" to the kernel, which would leave the root's.
        for (field, id) in [("uid", user.uid), ("gid", user.gid)] where id == UInt32.max {
            throw .invalid("process.user.\(field)", "\(id) is no id")
        }
        for (index, id) in (user.additionalGids ?? []).enumerated() where id == UInt32.max {
            throw .invalid("process.user.additionalGids[\(index)]", "\(id) is no id")
        }
        if let umask = user.umask { try check("process.user.umask", isIn: 0...0o777, Int(umask)) }
    }

    private static func check(limits: [RuntimeSpec.ResourceLimit]) throws(LaunchError) {
        var seen: Set<String> = []
        for (index, limit) in limits.enumerated() {
            let field = "process.rlimits[\(index)]"
            guard ResourceLimits.names.contains(limit.type) else {
                throw .invalid("\(field).type", "\"\(limit.type)\" is no resource limit")
            }
            guard seen.insert(limit.type).inserted else {
                throw .invalid("\(field).type", "\(limit.type) is given twice")
            }
            guard limit.soft <= limit.hard else {
                throw .invalid("\(field).soft", "\(limit.soft) is more than the hard limit \(limit.hard)")
            }
        }
    }

    private static func checkLabels(_ process: RuntimeSpec.Process) throws(LaunchError) {
        if let profile = process.apparmorProfile, !profile.isEmpty, profile != "unconfined",
            !SecurityModule.appArmor.isEnabled
        {
            throw LaunchError(.unsupported, "process.apparmorProfile: \(profile): this host has no AppArmor")
        }
        try checkSELinux("process.selinuxLabel", process.selinuxLabel)
    }

    static func checkSELinux(_ field: String, _ label: String?) throws(LaunchError) {
        if let label, !label.isEmpty, !SecurityModule.seLinux.isEnabled {
            throw LaunchError(.unsupported, "\(field): \(label): this host has no SELinux")
        }
    }

    /// In a new user namespace an id that is not mapped cannot be taken.
    static func checkIdentity(_ process: RuntimeSpec.Process, _ linux: RuntimeSpec.Linux) throws(LaunchError) {
        guard (linux.namespaces ?? []).contains(where: { $0.type == "user" && ($0.path ?? "").isEmpty }) else { return }
        let (users, groups) = (linux.uidMappings?.ranges ?? [], linux.gidMappings?.ranges ?? [])
        guard users.outside(0) != nil else { throw .invalid("linux.uidMappings", "id 0 is not mapped") }
        guard groups.outside(0) != nil else { throw .invalid("linux.gidMappings", "id 0 is not mapped") }
        guard let user = process.user else { return }
        guard users.outside(user.uid) != nil else {
            throw .invalid("process.user.uid", "\(user.uid) is not mapped by linux.uidMappings")
        }
        guard groups.outside(user.gid) != nil else {
            throw .invalid("process.user.gid", "\(user.gid) is not mapped by linux.gidMappings")
        }
        for (index, group) in (user.additionalGids ?? []).enumerated() where groups.outside(group) == nil {
            throw .invalid("process.user.additionalGids[\(index)]", "\(group) is not mapped by linux.gidMappings")
        }
    }
}

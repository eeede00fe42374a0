import LinuxSystem
public import OCISpec

extension SeccompFilter {
    /// Says which part of a container's profile is wrong, and what is wrong with it (config-linux.md, "Seccomp").
    ///
    /// - Parameter field: the profile's name in messages.
    public static func check(_ profile: SeccompProfile, _ field: String) throws(Failure) {
        try checkWords(profile, field)
        guard profile.defaultAction != "SCMP_ACT_NOTIFY" else {
            throw Failure("\(field).defaultAction", "SCMP_ACT_NOTIFY would wait for the runtime's own calls")
        }
        for (index, rule) in (profile.syscalls ?? []).enumerated()
        where rule.action == "SCMP_ACT_NOTIFY" && rule.names.contains("sendmsg") {
            throw Failure(
                "\(field).syscalls[\(index)].names",
                "sendmsg cannot wait for the agent: it is what hands the listener over")
        }
        try checkListener(profile, field)
    }

    /// What is wrong in any filter, also in one whose loader keeps the listener.
    static func checkWords(_ profile: SeccompProfile, _ field: String) throws(Failure) {
        try checkAction(profile.defaultAction, profile.defaultErrnoRet, ("defaultAction", "defaultErrnoRet"), field)
        for (index, name) in (profile.architectures ?? []).enumerated() where SeccompNames.architectures[name] == nil {
            throw Failure("\(field).architectures[\(index)]", "\"\(name)\" is no architecture")
        }
        for (index, name) in (profile.flags ?? []).enumerated() where SeccompFlags.named[name] == nil {
            throw Failure("\(field).flags[\(index)]", "\"\(name)\" is no flag")
        }
        for (index, rule) in (profile.syscalls ?? []).enumerated() {
            try check(rule, "\(field).syscalls[\(index)]")
        }
    }

    private static func checkListener(_ profile: SeccompProfile, _ field: String) throws(Failure) {
        if let path = profile.listenerPath, !path.isEmpty {
            guard path.hasPrefix("/") else {
                throw Failure("\(field).listenerPath", "\"\(path)\" is not an absolute path")
            }
            return
        }
        guard (profile.listenerMetadata ?? "").isEmpty else {
            throw Failure("\(field).listenerMetadata", "is for a listenerPath, and there is none")
        }
        guard !(profile.syscalls ?? []).contains(where: { $0.action == "SCMP_ACT_NOTIFY" }) else {
            throw Failure("\(field).listenerPath", "is missing: SCMP_ACT_NOTIFY needs an agent to ask")
        }
    }

    private static func check(_ rule: SeccompProfile.Rule, _ field: String) throws(Failure) {
        guard !rule.names.isEmpty else { throw Failure("\(field).names", "is empty") }
        try checkAction(rule.action, rule.errnoRet, ("action", "errnoRet"), field)
        for (index, argument) in (rule.args ?? []).enumerated() {
            guard argument.index < 6 else {
                throw Failure("\(field).args[\(index)].index", "\(argument.index) is not in 0...5")
            }
            guard SeccompNames.operations[argument.op] != nil else {
                throw Failure("\(field).args[\(index)].op", "\"\(argument.op)\" is no operator")
            }
        }
    }

    private static func checkAction(
        _ action: String, _ errno: UInt32?, _ names: (action: String, errno: String), _ field: String
    ) throws(Failure) {
        guard SeccompNames.actions[action] != nil else {
            throw Failure("\(field).\(names.action)", "\"\(action)\" is no action")
        }
        guard let errno else { return }
        guard let limit = SeccompNames.errnoLimits[action] else {
            throw Failure("\(field).\(names.errno)", "\(action) returns no error number")
        }
        guard errno <= limit else { throw Failure("\(field).\(names.errno)", "\(errno) is not in 0...\(limit)") }
    }
}

extension SeccompFilter.Failure {
    init(_ field: String, _ what: String) { description = "\(field): \(what)" }
}

import CSeccomp
import LinuxSystem
import OCISpec

/// A filter being built by libseccomp for some architectures.
final class Compilation {
    private var context: scmp_filter_ctx
    private var isMerged = false
    private let profile: SeccompProfile
    private let defaultAction: UInt32

    init(_ profile: SeccompProfile, _ architectures: [UInt32]) throws {
        self.profile = profile
        defaultAction = try SeccompNames.action(profile.defaultAction, errno: profile.defaultErrnoRet)
        guard let context = seccomp_init(defaultAction) else {
            throw SeccompFilter.Failure(description: "seccomp: the default action \(profile.defaultAction) is refused")
        }
        self.context = context
        // no_new_privs is the configuration's own affair, and an exec of a foreign architecture is an error of the call.
        seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0)
        seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, defaultAction)
        let native = seccomp_arch_native()
        for architecture in architectures where architecture != native {
            try check(seccomp_arch_add(context, architecture), "add an architecture")
        }
        if !architectures.contains(native) {
            try check(seccomp_arch_remove(context, native), "remove the native architecture")
        }
    }

    deinit {
        if !isMerged { seccomp_release(context) }
    }

    func add(_ rule: SeccompProfile.Rule, numbered: Bool) throws {
        let action = try SeccompNames.action(rule.action, errno: rule.errnoRet ?? profile.defaultErrnoRet)
        // libseccomp takes no rule that does what is done anyway.
        if action == defaultAction { return }
        for name in rule.names {
            guard let call = number(name, numbered: numbered) else { continue }
            try add(call, name, action, rule.args ?? [])
        }
    }

    /// nil for a call that neither the library nor this architecture knows: there is nothing to allow or forbid.
    private func number(_ name: String, numbered: Bool) -> CInt? {
        let number = seccomp_syscall_resolve_name(name)
        if number != -1 { return number }
        return numbered ? SeccompNames.recentCalls[name] : nil
    }

    private func add(
        _ call: CInt, _ name: String, _ action: UInt32, _ arguments: [SeccompProfile.Argument]
    ) throws {
        let comparisons = try arguments.map { argument in
            guard let operation = SeccompNames.operations[argument.op], argument.index < 6 else {
                throw SeccompFilter.Failure(description: "seccomp: \(name): argument \(argument.index) \(argument.op)")
            }
            // The mask is the first value, what it is compared with the second.
            return scmp_arg_cmp(
                arg: argument.index, op: operation, datum_a: argument.value, datum_b: argument.valueTwo ?? 0)
        }
        // Several comparisons of one argument are alternatives, as runc and crun read them.
        let indexes = comparisons.map(\.arg)
        if Set(indexes).count == indexes.count {
            try addRule(call, name, action, comparisons)
        } else {
            for comparison in comparisons { try addRule(call, name, action, [comparison]) }
        }
    }

    private func addRule(_ call: CInt, _ name: String, _ action: UInt32, _ comparisons: [scmp_arg_cmp]) throws {
        let result = seccomp_rule_add_array(context, action, call, UInt32(comparisons.count), comparisons)
        // A pseudo call number of an architecture that has no such call, or a rule that an earlier one includes.
        if result == -33 || result == -17 { return }
        try check(result, "add a rule for \(name)")
    }

    /// Takes over another filter; both must be for different architectures.
    func merge(_ other: Compilation) throws {
        try check(seccomp_merge(context, other.context), "join two architectures")
        other.isMerged = true
    }

    func export() throws -> [UInt8] {
        // A balanced tree instead of a list: a call is found in a few comparisons.
        seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2)
        let file = try MemoryFileDescriptor("seccomp")
        try check(seccomp_export_bpf(context, file.raw), "export the filter")
        return try file.contents()
    }

    private func check(_ result: CInt, _ what: String) throws {
        guard result == 0 else {
            throw SeccompFilter.Failure(description: "seccomp: cannot \(what): \(Errno(rawValue: -result))")
        }
    }
}

import CSeccomp
import LinuxSystem
public import OCISpec

extension SeccompFilter {
    /// Calls that a plugin makes only when its manifest names them; a plugin that tries one all the same is stopped.
    public static let privilegedCalls = Set(words(PluginCalls.privileged))

    /// The profile of a plugin's process: what programs need anyway is allowed; a privileged call waits for the
    /// supervisor, who ends the process; any other call is said not to exist, as an older kernel would, so that
    /// libraries fall back on what there is.
    ///
    /// - Parameter privileged: calls of `privilegedCalls` that its manifest names.
    public static func pluginProfile(privileged: Set<String>) -> SeccompProfile {
        let ordinary = words(DefaultCalls.allowed).filter { !privilegedCalls.contains($0) }
        var rules = [
            SeccompProfile.Rule(ordinary + privileged.sorted(), action: "SCMP_ACT_ALLOW"),
            .init(words(DefaultCalls.byArchitecture[Host.architecture] ?? ""), action: "SCMP_ACT_ALLOW"),
            .init(privilegedCalls.subtracting(privileged).sorted(), action: "SCMP_ACT_NOTIFY"),
        ]
        rules += DefaultCalls.socketFamilies.map { argument("socket", $0.value, $0.op) }
        rules += DefaultCalls.personas.map { argument("personality", $0, "SCMP_CMP_EQ") }
        rules += privileged.contains("unshare") ? [.init(["clone", "clone3"], action: "SCMP_ACT_ALLOW")] : clone
        return SeccompProfile(defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, architectures: [], syscalls: rules)
    }

    /// clone without flags of namespaces; each such flag is a privileged call.
    private static var clone: [SeccompProfile.Rule] {
        let namespaces: UInt64 = 0x7e02_0000
        let flags = (0..<32).map { UInt64(1) << $0 }.filter { $0 & namespaces != 0 }
        return [
            .init(
                ["clone"], action: "SCMP_ACT_ALLOW",
                args: [.init(index: 0, value: namespaces, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ")])
        ]
            + flags.map { flag in
                .init(
                    ["clone"], action: "SCMP_ACT_NOTIFY",
                    args: [.init(index: 0, value: flag, valueTwo: flag, op: "SCMP_CMP_MASKED_EQ")])
            }
    }

    /// The name of a call; its number when nobody has a name for it.
    ///
    /// - Parameter architecture: AUDIT_ARCH_… of the number.
    public static func name(ofCall number: CInt, architecture: UInt32) -> String {
        if let text = seccomp_syscall_resolve_num_arch(architecture, number) {
            return String(takingAllocated: text)
        }
        return SeccompNames.recentCalls.first { $0.value == number }?.key ?? "number \(number)"
    }
}

/// The data of the plugins' profile.
enum PluginCalls {
    static let privileged = """
        mount umount umount2 mount_setattr move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick
        pivot_root chroot setns unshare
        bpf perf_event_open userfaultfd fanotify_init lookup_dcookie nfsservctl
        init_module finit_module delete_module create_module kexec_load kexec_file_load
        reboot swapon swapoff acct syslog vhangup quotactl quotactl_fd sethostname setdomainname
        settimeofday stime clock_settime clock_settime64 iopl ioperm
        ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp move_pages migrate_pages
        keyctl add_key request_key open_by_handle_at
        """
}

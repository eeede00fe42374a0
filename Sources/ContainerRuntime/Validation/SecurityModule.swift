import LinuxSystem

/// A Linux security module that labels processes.
enum SecurityModule {
    case appArmor, seLinux

    var isEnabled: Bool {
        switch self {
        case .appArmor: fileExists("/sys/kernel/security/apparmor") || fileExists("/proc/self/attr/apparmor/exec")
        case .seLinux: fileExists("/sys/fs/selinux/enforce")
        }
    }
}

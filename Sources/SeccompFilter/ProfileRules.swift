import LinuxSystem
public import OCISpec

extension SeccompProfile {
    /// The rules whose conditions hold (docker's format); all of them in the specification's format.
    func rules(capabilities: Set<String>, architecture: String) -> [Rule] {
        (syscalls ?? []).filter { rule in
            if let condition = rule.includes, !condition.holds(capabilities, architecture) { return false }
            if let condition = rule.excludes, condition.excludes(capabilities, architecture) { return false }
            return true
        }
    }
}

extension SeccompFilter {
    /// A profile in docker's format as one in the specification's: conditions and groups of architectures are decided
    /// for this host and a process with these capabilities.
    public static func decided(_ profile: SeccompProfile, capabilities: Set<String>) -> SeccompProfile {
        var decided = profile
        decided.architectures = architectureNames(of: profile)
        decided.archMap = nil
        decided.syscalls = profile.rules(capabilities: capabilities, architecture: Host.architecture).map { rule in
            var rule = rule
            (rule.includes, rule.excludes) = (nil, nil)
            return rule
        }
        return decided
    }
}

extension SeccompProfile.Condition {
    /// As a condition to include: every field must match.
    func holds(_ capabilities: Set<String>, _ architecture: String) -> Bool {
        if let caps, !caps.isEmpty, !capabilities.isSuperset(of: caps) { return false }
        if let arches, !arches.isEmpty, !arches.contains(architecture) { return false }
        if let minKernel, !KernelVersion.isAtLeast(minKernel) { return false }
        return true
    }

    /// As a condition to exclude: any field is enough.
    func excludes(_ capabilities: Set<String>, _ architecture: String) -> Bool {
        if let caps, caps.contains(where: capabilities.contains) { return true }
        if let arches, arches.contains(architecture) { return true }
        if let minKernel, KernelVersion.isAtLeast(minKernel) { return true }
        return false
    }
}

enum KernelVersion {
    /// Compares the first two numbers of the running kernel's release with those of `4.8`.
    static func isAtLeast(_ version: String) -> Bool {
        let (running, wanted) = (numbers(Host.kernelRelease), numbers(version))
        return running.0 > wanted.0 || running.0 == wanted.0 && running.1 >= wanted.1
    }

    private static func numbers(_ text: String) -> (Int, Int) {
        let parts = text.split(separator: ".").prefix(2).map { Int($0.prefix { $0.isNumber }) ?? 0 }
        return (parts.first ?? 0, parts.count > 1 ? parts[1] : 0)
    }
}

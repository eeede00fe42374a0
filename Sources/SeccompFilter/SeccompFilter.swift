import CSeccomp
import LinuxSystem
public import OCISpec

/// Seccomp profiles as the kernel takes them: compiled once, kept, loaded by whoever starts a process.
public enum SeccompFilter {
    /// Why a profile cannot be compiled.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public var description: String
    }

    /// Compiles a profile (OCI runtime-spec, or docker's format) into an array of `struct sock_filter`.
    ///
    /// - Parameter capabilities: names that the process has; decides on docker's `includes` and `excludes`.
    public static func compile(
        _ profile: SeccompProfile, capabilities: Set<String> = []
    ) throws -> [UInt8] {
        try checkWords(profile, "seccomp")
        let rules = profile.rules(capabilities: capabilities, architecture: Host.architecture)
        let native = seccomp_arch_native()
        let wanted = try architectures(of: profile, native: native)
        // Calls that this libseccomp has no name for can be given by number to the native architecture alone, so the
        // others are compiled apart and joined.
        let main = try Compilation(profile, [native])
        for rule in rules { try main.add(rule, numbered: true) }
        let others = wanted.filter { $0 != native }
        if !others.isEmpty {
            let side = try Compilation(profile, others)
            for rule in rules { try side.add(rule, numbered: false) }
            try main.merge(side)
        }
        return try main.export()
    }

    /// Those of the profile and of its group for this machine.
    static func architectureNames(of profile: SeccompProfile) -> [String] {
        let groups = (profile.archMap ?? []).filter {
            SeccompNames.architectures[$0.architecture] == seccomp_arch_native()
        }
        return (profile.architectures ?? []) + groups.flatMap { [$0.architecture] + ($0.subArchitectures ?? []) }
    }

    private static func architectures(of profile: SeccompProfile, native: UInt32) throws -> [UInt32] {
        var found: [UInt32] = []
        for name in architectureNames(of: profile) {
            guard let token = SeccompNames.architectures[name] else {
                throw Failure(description: "seccomp: unknown architecture \(name)")
            }
            // An architecture that this machine cannot run needs no rules.
            if !found.contains(token), SeccompNames.companions(of: native).contains(token) { found.append(token) }
        }
        return found
    }

    // MARK: What a profile can name

    public static var actions: [String] { SeccompNames.actions.keys.sorted() }
    public static var operators: [String] { SeccompNames.operations.keys.sorted() }
    public static var architectures: [String] { SeccompNames.architectures.keys.sorted() }
    public static var flags: [String] { SeccompFlags.named.keys.sorted() }
}

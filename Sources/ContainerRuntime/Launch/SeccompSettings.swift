import JSON
import LinuxSystem

/// How a process loads its compiled filter, and who answers for the calls that wait for a verdict (config-linux.md,
/// "Seccomp"). Read without the types of a profile, which is long and of which no more is needed.
struct SeccompSettings: Codable, Hashable, Sendable {
    private var flagBits: UInt32 = 0
    /// The agent's socket; nil when no call waits.
    var listenerPath: String?
    var listenerMetadata: String?

    var flags: SeccompFlags { SeccompFlags(rawValue: flagBits) }

    init() {}

    /// - Parameter profile: a valid `linux.seccomp`.
    init(_ profile: JSON) {
        let names = profile["flags"]?.array?.compactMap(\.string) ?? []
        flagBits = SeccompFlags(names.compactMap { SeccompFlags.named[$0] }).rawValue
        let waits = (profile["syscalls"]?.array ?? []).contains { $0["action"]?.string == "SCMP_ACT_NOTIFY" }
        guard waits else { return }
        listenerPath = profile["listenerPath"]?.string
        listenerMetadata = profile["listenerMetadata"]?.string
    }
}

/// How a filter is loaded (seccomp(2), `SECCOMP_FILTER_FLAG_…`).
public struct SeccompFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let threadSync = SeccompFlags(rawValue: 1)
    public static let log = SeccompFlags(rawValue: 2)
    public static let allowSpeculation = SeccompFlags(rawValue: 4)
    static let newListener = SeccompFlags(rawValue: 8)
    static let threadSyncError = SeccompFlags(rawValue: 16)
    public static let waitKillable = SeccompFlags(rawValue: 32)

    /// By the names of the OCI specification.
    public static let named: [String: SeccompFlags] = [
        "SECCOMP_FILTER_FLAG_TSYNC": .threadSync, "SECCOMP_FILTER_FLAG_LOG": .log,
        "SECCOMP_FILTER_FLAG_SPEC_ALLOW": .allowSpeculation, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": .waitKillable,
    ]
}

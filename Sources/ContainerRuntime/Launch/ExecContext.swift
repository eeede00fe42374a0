import JSON
import LinuxSystem
import OCISpec

/// What every process of a container has in common: kept for `exec`.
struct ExecContext {
    let kinds: NamespaceKinds
    /// Of the user namespace, where they are known.
    var maps: UserNamespace.Maps?
    var user: String?
    /// Names of further groups.
    var groups: [String]
    let filterPath: String?
    let hasProfile: Bool
    let seccomp: SeccompSettings
    /// Whether processes begin with an empty session keyring.
    let hasOwnKeyring: Bool
    /// As personality(2) takes it; nil to keep the runtime's.
    let personality: UInt32?
    /// Whether the working directory is made when it is missing: that of a container's first process is.
    var makesWorkingDirectory: Bool

    init(_ spec: RuntimeSpec, _ namespaces: NamespacePlan, _ options: LaunchOptions) throws(LaunchError) {
        kinds = namespaces.all
        if let users = spec.linux?.uidMappings, !users.isEmpty {
            maps = UserNamespace.Maps(users: users.ranges, groups: spec.linux?.gidMappings?.ranges ?? [])
        }
        user = spec.annotations?[RuntimeAnnotation.user]
        groups = spec.groups
        filterPath = options.seccompFilter ?? spec.annotations?[RuntimeAnnotation.seccompFilter]
        let profile = spec.linux?.seccomp.flatMap { $0.isNull ? nil : $0 }
        hasProfile = profile != nil
        seccomp = profile.map { SeccompSettings($0) } ?? SeccompSettings()
        hasOwnKeyring = options.newSessionKeyring
        personality = try spec.linux?.personality?.value()
        makesWorkingDirectory = true
    }

    init(_ record: ContainerRecord) {
        kinds = NamespaceKinds(rawValue: record.namespaces)
        user = nil
        groups = []
        filterPath = record.seccompFilter
        hasProfile = false
        seccomp = record.seccomp ?? SeccompSettings()
        hasOwnKeyring = record.sharesKeyring != true
        personality = record.personality
        makesWorkingDirectory = false
    }

    func asUser(_ user: String?, _ groups: [String]) -> ExecContext {
        var context = self
        context.user = user
        context.groups = groups
        context.makesWorkingDirectory = false
        return context
    }

    /// The compiled filter, read before the container's file system can have a say.
    func readFilter() throws(LaunchError) -> [UInt8]? {
        guard let filterPath else {
            guard !hasProfile else {
                throw LaunchError(
                    .unsupported,
                    "linux.seccomp must be compiled first: annotation \(RuntimeAnnotation.seccompFilter) is missing")
            }
            return nil
        }
        return try during("seccomp filter") { () throws(SystemError) in
            try readFile(filterPath, limit: 4096 * 8)
        }
    }
}

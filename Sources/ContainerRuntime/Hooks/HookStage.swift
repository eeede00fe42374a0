import OCISpec

/// A point of the lifecycle at which hooks run (config.md, "POSIX-platform Hooks").
///
/// | stage | where | when |
/// | --- | --- | --- |
/// | prestart, createRuntime | the runtime's namespaces | the root is built, not yet entered |
/// | createContainer | the container's namespaces, the host's root | after those |
/// | startContainer | the container | before the program |
/// | poststart | the runtime's namespaces | after the program has begun |
/// | poststop | the runtime's namespaces | after the container was removed |
enum HookStage: String, CaseIterable {
    case prestart, createRuntime, createContainer, startContainer, poststart, poststop

    func hooks(_ all: RuntimeSpec.Hooks) -> [RuntimeSpec.Hook] {
        switch self {
        case .prestart: all.prestart ?? []
        case .createRuntime: all.createRuntime ?? []
        case .createContainer: all.createContainer ?? []
        case .startContainer: all.startContainer ?? []
        case .poststart: all.poststart ?? []
        case .poststop: all.poststop ?? []
        }
    }

    /// The container's status while they run.
    var status: String {
        switch self {
        case .prestart, .createRuntime, .createContainer: "creating"
        case .startContainer: "created"
        case .poststart: "running"
        case .poststop: "stopped"
        }
    }
}

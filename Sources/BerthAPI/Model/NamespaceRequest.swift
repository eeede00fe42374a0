/// Which namespaces a container shares, and with whom; absent is one of its own. `host` shares the host's,
/// `container:NAME` those of a container that runs.
public struct NamespaceRequest: Codable, Hashable, Sendable {
    /// `private`, `host`, `container:NAME`.
    public var pid: String?
    /// `private`, `host`, `container:NAME`; `shareable` lets other containers join it, `none` is without /dev/shm.
    public var ipc: String?
    /// `private`, `host`.
    public var uts: String?
    /// `private`, `host`.
    public var cgroup: String?
    /// `host` (the default), `auto[:size=N]`, or `CONTAINER-ID:HOST-ID:SIZE` mappings of users and groups, separated by
    /// commas.
    public var user: String?

    public init() {}
}

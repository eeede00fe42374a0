/// `--privileged`, `--cap-add`, `--cap-drop`, `--security-opt`.
public struct SecurityOptions: Codable, Hashable, Sendable {
    /// All capabilities, all of the host's devices, no seccomp filter and no protected paths, unless said otherwise.
    public var privileged: Bool?
    /// Names with or without `CAP_`, or `ALL`.
    public var capAdd: [String]?
    /// As `capAdd`, which wins.
    public var capDrop: [String]?
    /// No program of it gains privileges by set-user-ID or file capabilities; false unless said.
    public var noNewPrivileges: Bool?
    /// `unconfined`, or the JSON text of a profile in docker's format; the default profile unless said.
    public var seccompProfile: String?
    /// The name of a profile that the host has loaded, or `unconfined`.
    public var apparmorProfile: String?
    /// Parts of the SELinux label (`user:…`, `role:…`, `type:…`, `level:…`), or `disable`.
    public var labels: [String]?
    /// Do not mask or make read-only the system paths (`systempaths=unconfined`).
    public var unmaskSystemPaths: Bool?
    /// Further paths to hide in the container.
    public var maskedPaths: [String]?
    /// System paths that are neither hidden nor read-only; `*` and `?` stand for parts of a name.
    public var unmaskedPaths: [String]?

    public init() {}
}

/// What becomes of a container that has exited without being told to.
public struct RestartPolicy: Codable, Hashable, Sendable {
    public enum Name: String, Codable, CaseIterable, Sendable {
        /// It stays as it is.
        case no
        /// It is started again; with the daemon also when it had been stopped.
        case always
        /// It is started again when its exit code is not 0.
        case onFailure = "on-failure"
        /// It is started again, with the daemon too unless it had been stopped.
        case unlessStopped = "unless-stopped"
    }

    /// When it is started again.
    public var name: Name
    /// Of `on-failure`: so many restarts, then none; 0 or absent for no end.
    public var maximumRetries: Int?

    public init(_ name: Name, maximumRetries: Int? = nil) {
        self.name = name
        self.maximumRetries = maximumRetries
    }
}

/// A device of the host that a container may use (`--device`).
public struct DeviceRequest: Codable, Hashable, Sendable {
    /// An absolute path on the host: a device, or a folder whose devices are all meant.
    public var source: String
    /// An absolute path in the container.
    public var target: String
    /// Of `r`, `w` and `m` (mknod).
    public var permissions: String

    public init(source: String, target: String, permissions: String = "rwm") {
        self.source = source
        self.target = target
        self.permissions = permissions
    }
}

/// An answer that a supervisor looks at before it believes it: it decodes and may be wrong all the same.
public protocol CheckedResult {
    /// Numbers that cannot be negative, by their names.
    var sizes: [(name: String, value: Int64)] { get }
    /// What containers would see of the host.
    var givenMounts: [Mount] { get }
}

extension CheckedResult {
    public var sizes: [(name: String, value: Int64)] { [] }
    public var givenMounts: [Mount] { [] }
}

extension VolumeMount.Result: CheckedResult {
    public var givenMounts: [Mount] { [mount] }
}

extension SnapshotMounts: CheckedResult {
    public var givenMounts: [Mount] { mounts }
}

extension VolumeUsage.Result: CheckedResult {
    public var sizes: [(name: String, value: Int64)] { [("size", size), ("inodes", inodes)] }
}

extension SnapshotUsage.Result: CheckedResult {
    public var sizes: [(name: String, value: Int64)] { [("size", size), ("inodes", inodes)] }
}

extension DifferApply.Result: CheckedResult {
    public var sizes: [(name: String, value: Int64)] { [("size", size)] }
}

extension RegistryFetch.Result: CheckedResult {
    public var sizes: [(name: String, value: Int64)] { [("size", size)] }
}

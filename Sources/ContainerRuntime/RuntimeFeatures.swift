import OCISpec

/// What the runtime can do, from the tables that it goes by itself (features.md of the specification).
public enum RuntimeFeatures {
    public static var namespaces: [String] { NamespacePlan.kinds.keys.filter { $0 != "time" }.sorted() }
    /// Without those that are the file system's own.
    public static var mountOptions: [String] { MountOptions.table.keys.sorted() }
    /// Those of the running kernel.
    public static var capabilities: [String] { CapabilitySets.names }
    /// Stages at which hooks are run.
    public static let hooks: [String] = []
    /// Whether a mount can have `uidMappings` and `gidMappings`.
    public static let mapsMountedIDs = false
}

import OCISpec

/// What the runtime can do, from the tables that it goes by itself (features.md of the specification).
public enum RuntimeFeatures {
    public static var namespaces: [String] { NamespacePlan.kinds.keys.sorted() }
    /// Without those that are the file system's own.
    public static var mountOptions: [String] { MountOptions.names }
    /// Those of the running kernel.
    public static var capabilities: [String] { CapabilitySets.names }
    /// Stages at which hooks are run.
    public static var hooks: [String] { HookStage.allCases.map(\.rawValue) }
    /// Whether a mount can have `uidMappings` and `gidMappings`.
    public static var mapsMountedIDs: Bool { MountOptions.table["idmap"] != nil }
}

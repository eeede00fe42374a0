/// What an untrusted archive may ask for.
public struct LayerLimits: Hashable, Sendable {
    /// Entries, and folders made for entries whose folder has none of its own.
    public var entries = 2_000_000
    /// Bytes of all files together, holes included.
    public var unpackedSize: Int64 = 1 << 40
    /// Bytes of the tar stream: headers, padding and what follows the end included.
    public var streamSize: Int64 = 1 << 41
    /// Bytes of a path, its terminating zero included (PATH_MAX).
    public var pathLength = 4096
    /// Extended attributes of one entry, and bytes of their values together.
    public var attributes = 256
    public var attributeBytes = 1 << 20
    /// Bytes of the names of folders that no entry describes (`AppliedLayer.impliedFolders`).
    public var impliedFolderBytes = 16 << 20

    public init() {}
}

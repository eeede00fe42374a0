/// Whose the files are that are copied into a tree.
public enum FileOwner: Hashable, Sendable {
    /// As the archive says.
    case archived
    case fixed(user: UInt32, group: UInt32)
    /// Whoever makes them.
    case unchanged
}

/// A process's cell, on its way from one program of the daemon to the next.
public struct CellHandover: Codable, Sendable {
    /// Open descriptor: the listener of its filter.
    public var filter: CInt?
    /// Path of its control group below each hierarchy.
    public var cgroup: String?
    /// The limits, as `PluginConfinement` has them.
    public var memory: Int64?
    public var processes: Int?
}

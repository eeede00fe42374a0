/// What is enforced on a plugin's process, beyond what holds for each: no new privileges, namespaces of its own for
/// mounts, processes and IPC, and the filter of system calls.
public struct PluginConfinement: Codable, Hashable, Sendable {
    /// `CAP_…` names that it keeps.
    public var capabilities: [String]
    /// `none` or `host`.
    public var network: String
    /// Absolute paths of host devices that it can use.
    public var devices: [String]
    /// Absolute paths that it can read: its package and what its manifest names. The system's programs and libraries
    /// come with every plugin.
    public var readable: [String]
    /// Absolute paths that it can write: its state and run directories and what its manifest names.
    public var writable: [String]
    /// Privileged system calls that it may make.
    public var systemCalls: [String]
    /// Bytes; nil without a limit: control groups cannot be made, or its state lies in memory, where what it stores
    /// would count.
    public var memory: Int64?
    /// Processes and threads; nil without a limit.
    public var processes: Int?

    public init(
        capabilities: [String], network: String, devices: [String], readable: [String], writable: [String],
        systemCalls: [String], memory: Int64?, processes: Int?
    ) {
        self.capabilities = capabilities
        self.network = network
        self.devices = devices
        self.readable = readable
        self.writable = writable
        self.systemCalls = systemCalls
        self.memory = memory
        self.processes = processes
    }
}

import Confinement
import LinuxSystem

/// A plugin's process on its way from one program of the daemon to the next in the same process: it runs on, with its
/// socket and its output kept open.
public struct PluginHandover: Codable, Sendable {
    public var pid: CInt
    /// Clock ticks after boot: tells it from a later process of the same number.
    public var startTime: UInt64
    /// Open descriptors: the listening socket, and the end of the pipe that its output comes from.
    public var listener: CInt
    public var output: CInt
    /// What runs; a daemon that would start something else starts it anew.
    public var executable: String
    /// What holds it in; nil for one that runs unconfined.
    public var cell: CellHandover?

    var identity: ProcessIdentity { ProcessIdentity(pid: pid, startTime: startTime) }

    /// All that have to stay open.
    public var descriptors: [CInt] { [listener, output] + [cell?.filter].compactMap { $0 } }

    /// Takes the descriptors over.
    func take() throws -> (listener: SharedDescriptor, output: SharedDescriptor) {
        (try inheritDescriptor(listener).shared(), try inheritDescriptor(output).shared())
    }
}

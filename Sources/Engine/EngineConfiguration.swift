import BerthAPI

/// What the daemon is told: where it keeps things, and which plugins it takes when a request names none.
public struct EngineConfiguration: Sendable {
    /// Data root, kept over reboots: `/var/lib/berth`.
    public var root: String
    /// State of this boot: `/run/berth`.
    public var run: String
    /// The executable that is started for each container.
    public var shim: String
    /// The OCI runtime's executable, which also serves as a container's init.
    public var runtime: String
    /// Other OCI runtimes.
    public var runtimes = RuntimeTable()
    /// The executable that reads and writes containers' files.
    public var files: String
    /// Where the daemon itself was started from: what an upgrade runs unless it is told otherwise.
    public var executable: String
    /// The cgroup below which containers get theirs, as an absolute cgroup path.
    public var cgroupParent: String
    /// Defaults by kind; what is not named is the plugin whose manifest says so.
    public var defaults: [PluginKind: String]
    /// The default network's name; unless said, the first that the default network driver provides.
    public var defaultNetwork: String?
    /// Default `--log-opt`s.
    public var logOptions: [String: String]
    /// Events beyond so many are forgotten.
    public var keptEvents: Int64

    public init(root: String, run: String, shim: String, runtime: String) {
        self.root = root
        self.run = run
        self.shim = shim
        self.runtime = runtime
        files = ""
        executable = ""
        cgroupParent = "/berth"
        defaults = [:]
        logOptions = [:]
        keptEvents = 100_000
    }
}

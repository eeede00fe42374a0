import JSON
import JSONRPC

/// Where a plugin instance is in its life.
public enum PluginState: String, Codable, CaseIterable, Sendable {
    /// Not started; it will be at the first call.
    case idle
    case starting, running
    /// It takes no calls until it is enabled or restarted: they wait.
    case drained
    /// Another process takes over: calls wait.
    case switching
    /// It ended or was replaced and waits for its backoff.
    case backoff
    /// It crashes in a loop: the breaker is open, one attempt is made from time to time.
    case degraded
    case disabled
    case stopping, stopped
}

/// One line of `berth plugin ls`, and with `manifest` what `plugin inspect` shows.
public struct PluginInfo: Codable, Hashable, Sendable {
    /// The logical name that objects refer to.
    public var name: String
    /// The package's name: another one than `name` for a further instance.
    public var package: String
    /// The package's own: 1.2.3.
    public var version: String
    /// What it serves: `snapshotter`, `differ`, `network`, `log`, `volume`, `registry`.
    public var kinds: [String]
    /// Where it is in its life.
    public var state: PluginState
    /// On the host; absent while it does not run.
    public var pid: Int?
    /// Times that it was started again after it had ended by itself, since the daemon started.
    public var restarts: Int
    /// Of the process that runs; absent while none does.
    public var startedAt: Timestamp?
    /// Why it last ended or could not be started.
    public var lastError: String?
    /// Absolute path on the host.
    public var executable: String
    /// Absolute path of the socket that it listens on.
    public var socket: String
    /// What becomes of calls while it is down: the instance's own, or the manifest's.
    public var failurePolicy: PluginManifest.FailurePolicy?
    /// The installed package: `sha256:…`; nil for one on the search path.
    public var digest: String?
    /// Where it was installed from.
    public var source: String?
    /// What `rollback` goes back to: a digest, or the name of a package on the search path.
    public var previous: String?
    /// Calls made and failed since the daemon started.
    public var calls: Int64
    /// Those of the calls that ended with an error.
    public var failures: Int64
    /// As it was given; absent without one, and in lists.
    public var configuration: JSON?
    /// Format of its state directory.
    public var stateVersion: Int?
    /// Its `plugin.json`; absent in lists.
    public var manifest: PluginManifest?
    /// What holds the plugin's process in; nil for one that runs unconfined.
    public var confinement: PluginConfinement?
    public init(name: String, package: String, version: String, kinds: [String], executable: String, socket: String) {
        self.name = name
        self.package = package
        self.version = version
        self.kinds = kinds
        self.executable = executable
        self.socket = socket
        state = .idle
        restarts = 0
        calls = 0
        failures = 0
    }
}

public struct PluginList: Method {
    public static let name = "plugin.list"
    public static let summary = "List plugin instances by kind and name"
    public init() {}
    public typealias Result = [PluginInfo]
}

public struct PluginInspect: Method {
    public static let name = "plugin.inspect"
    public static let summary = "Everything about one plugin instance"
    /// The instance's logical name.
    public var name: String
    public init(name: String) { self.name = name }
    public typealias Result = PluginInfo
}

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
    public var version: String
    public var kinds: [String]
    public var state: PluginState
    public var pid: Int?
    public var restarts: Int
    public var startedAt: Timestamp?
    /// Why it last ended or could not be started.
    public var lastError: String?
    public var executable: String
    public var socket: String
    public var failurePolicy: PluginManifest.FailurePolicy?
    /// The installed package: `sha256:…`; nil for one on the search path.
    public var digest: String?
    /// Where it was installed from.
    public var source: String?
    /// What `rollback` goes back to: a digest, or the name of a package on the search path.
    public var previous: String?
    /// Calls made and failed since the daemon started.
    public var calls: Int64
    public var failures: Int64
    public var configuration: JSON?
    /// Format of its state directory.
    public var stateVersion: Int?
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
    public var name: String
    public init(name: String) { self.name = name }
    public typealias Result = PluginInfo
}

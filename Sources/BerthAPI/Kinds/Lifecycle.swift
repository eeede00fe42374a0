import JSON
import JSONRPC

/// The kinds of plugin; the list is open.
public struct PluginKind: RawRepresentable, Codable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let snapshotter = PluginKind(rawValue: "snapshotter")
    public static let differ = PluginKind(rawValue: "differ")
    public static let network = PluginKind(rawValue: "network")
    public static let log = PluginKind(rawValue: "log")
    public static let registry = PluginKind(rawValue: "registry")
    public static let volume = PluginKind(rawValue: "volume")
    public var description: String { rawValue }
}

/// A method that can be answered as if the plugin had nothing to do, where the failure policy is `skip`.
public protocol SkippableMethod: Method {
    static var skipped: Result { get }
}

/// `plugin.json`, beside the executable.
public struct PluginManifest: Codable, Hashable, Sendable {
    public enum Activation: String, Codable, CaseIterable, Sendable { case eager, onDemand }
    public enum FailurePolicy: String, Codable, CaseIterable, Sendable {
        /// A call fails as soon as the plugin is known to be down.
        case fail
        /// A call waits for the restart until its deadline.
        case queue
        /// A call whose method allows for it (`SkippableMethod`) is answered as if the plugin had nothing to do.
        case skip
    }
    public struct Privileges: Codable, Hashable, Sendable {
        /// `CAP_…` names that it keeps.
        public var capabilities: [String]
        /// `none` or `host`.
        public var network: String
        /// Absolute paths of host devices: `/dev/fuse`.
        public var devices: [String]
        /// Host paths beyond its state and run directories: `/etc/ssl:ro` to read, `/srv/data` to write too.
        /// `configuration:registries.*.ca:ro` stands for the paths that its configuration has there.
        public var paths: [String]
        /// Host paths, beyond those that it may write, that the mounts which it gives may show; `/` for anything.
        public var mounts: [String]?
        /// System calls of the closed list in Docs/confinement.md, by name: `setns`.
        public var systemCalls: [String]?
        /// Of memory and processes; the defaults of both when absent.
        public var limits: Limits?
    }
    /// What one process of the plugin and its children may use together.
    public struct Limits: Codable, Hashable, Sendable {
        /// Bytes, page cache included; 512 MiB when absent.
        public var memory: Int64?
        /// Processes and threads; 256 when absent.
        public var processes: Int?
        public init(memory: Int64? = nil, processes: Int? = nil) {
            self.memory = memory
            self.processes = processes
        }
    }

    /// `[a-z][a-z0-9-]*`: the logical name unless an instance is given another.
    public var name: String
    /// The package's own: 1.2.3.
    public var version: String
    /// What it serves: `snapshotter`, `differ`, `network`, `log`, `volume`, `registry`.
    public var kinds: [PluginKind]
    /// Relative to the manifest's folder; may not leave it.
    public var executable: String
    /// Versions of the plugin protocol that it speaks.
    public var protocolRange: ProtocolRange
    /// `eager`: started with the daemon; `onDemand`: at the first call.
    public var activation: Activation
    /// What becomes of calls while it is down; an instance may be given another.
    public var failurePolicy: FailurePolicy
    /// All that it may do; installing grants exactly these.
    public var privileges: Privileges
    /// The format of its state directory; version 1 when absent.
    public var state: StateFormat?
    /// JSON Schema of its configuration.
    public var configuration: JSON?
    /// What it is, in one line.
    public var summary: String?
    /// Kinds for which it is the default where the daemon's configuration names none.
    public var defaultFor: [PluginKind]?
    /// Networks that exist from the start with this driver; the first of the default driver is the default network.
    public var networks: [String]?
    /// Which registries a registry plugin serves; lower priorities are asked first.
    public var routes: [Route]?

    public struct StateFormat: Codable, Hashable, Sendable {
        /// What it writes.
        public var version: Int
        /// The oldest that it can go on from.
        public var reads: Int
    }

    public var stateFormat: StateFormat { state ?? StateFormat(version: 1, reads: 1) }

    public struct Route: Codable, Hashable, Sendable {
        /// A domain (`docker.io`), or `*`.
        public var match: String
        /// Among the routes that match, the lowest is asked first.
        public var priority: Int
    }

    enum CodingKeys: String, CodingKey {
        case name, version, kinds, executable, activation, failurePolicy, privileges, state, configuration, summary
        case defaultFor, networks, routes
        case protocolRange = "protocol"
    }
}

/// The supervisor's first call on every connection to a plugin.
public struct PluginInitialize: Method {
    public static let name = "initialize"
    public static let summary = "Negotiate versions; hand over configuration and directories"
    /// The instance's logical name.
    public var instance: String
    /// Who calls.
    public var supervisor: PeerIdentity
    /// The versions that the supervisor speaks.
    public var protocolRange: ProtocolRange
    /// Checked against the manifest's schema.
    public var configuration: JSON
    /// Absolute; the plugin's alone, mode 0700, kept over restarts.
    public var stateDirectory: String
    /// Absolute; the plugin's alone, emptied at boot.
    public var runDirectory: String
    public init(
        instance: String, supervisor: PeerIdentity, protocolRange: ProtocolRange = .current, configuration: JSON,
        stateDirectory: String, runDirectory: String
    ) {
        self.instance = instance
        self.supervisor = supervisor
        self.protocolRange = protocolRange
        self.configuration = configuration
        self.stateDirectory = stateDirectory
        self.runDirectory = runDirectory
    }
    public struct Result: Codable, Sendable {
        /// Who answers.
        public var plugin: PeerIdentity
        /// The highest version that both speak.
        public var protocolVersion: Int
        /// The kinds that it serves: at least those of its manifest.
        public var kinds: [PluginKind]
        /// Optional abilities of its kinds, by name: `rebase`, `hostNamespace`, `publish`, `stateless`, `push`
        /// (Docs/conformance.md says what each means).
        public var capabilities: [String]
        /// Version of the format of its state directory.
        public var stateVersion: Int
        public init(
            plugin: PeerIdentity, protocolVersion: Int, kinds: [PluginKind], capabilities: [String], stateVersion: Int
        ) {
            self.plugin = plugin
            self.protocolVersion = protocolVersion
            self.kinds = kinds
            self.capabilities = capabilities
            self.stateVersion = stateVersion
        }
    }
}

/// Is the plugin's loop alive? Answered at once, whatever else it does.
public struct PluginPing: Method {
    public static let name = "plugin.ping"
    public static let summary = "Answer at once"
    public init() {}
    public struct Result: Codable, Sendable {
        /// Whether nothing goes on in the plugin but calls: it need not be pinged often while it has none.
        public var idle: Bool?
        public init(idle: Bool? = nil) { self.idle = idle }
    }
}

/// A changed configuration; `failedPrecondition` when it needs a restart.
public struct PluginConfigure: Method {
    public static let name = "plugin.configure"
    public static let summary = "Take a changed configuration"
    /// The whole configuration, checked against the manifest's schema.
    public var configuration: JSON
    public init(configuration: JSON) { self.configuration = configuration }
    public typealias Result = Empty
}

public struct PluginStats: Method {
    public static let name = "plugin.stats"
    public static let summary = "Counters since the process started"
    public init() {}
    public struct Result: Codable, Sendable {
        /// Calls since the process started.
        public var calls: Int64
        /// Those that failed.
        public var failures: Int64
        /// Calls that run now.
        public var active: Int
        /// The plugin's own figures.
        public var details: JSON?
        public init(calls: Int64, failures: Int64, active: Int, details: JSON? = nil) {
            self.calls = calls
            self.failures = failures
            self.active = active
            self.details = details
        }
    }
}

/// Finish what runs, take no new work; answered when nothing runs.
public struct PluginDrain: Method {
    public static let name = "plugin.drain"
    public static let summary = "Finish the calls that run, take no new ones"
    public init() {}
    public typealias Result = Empty
}

/// Answered, then the process ends with status 0.
public struct PluginShutdown: Method {
    public static let name = "plugin.shutdown"
    public static let summary = "End the process"
    public init() {}
    public typealias Result = Empty
}

import JSON
import JSONRPC

/// A line that a plugin's process wrote.
public struct PluginLogLine: Codable, Hashable, Sendable {
    /// When the supervisor read it.
    public var time: Timestamp
    /// Without its line feed; bytes that are not UTF-8 are replaced.
    public var text: String
    public init(time: Timestamp, text: String) {
        self.time = time
        self.text = text
    }
}

/// The newest lines of a plugin; with `follow`, `plugin.output` notifications until the request is cancelled.
public struct PluginLogs: Method {
    public static let name = "plugin.logs"
    public static let summary = "Read what a plugin's process has written"
    /// The instance's logical name.
    public var name: String
    /// Newest lines only; all that are kept (1,000) when absent.
    public var tail: Int?
    /// Go on with new lines until the request is cancelled; false when absent.
    public var follow: Bool?
    public init(name: String, tail: Int? = nil, follow: Bool? = nil) {
        self.name = name
        self.tail = tail
        self.follow = follow
    }
    public typealias Result = [PluginLogLine]
}

public struct PluginOutput: Notification {
    public static let name = "plugin.output"
    /// The instance's logical name.
    public var plugin: String
    /// What it wrote.
    public var line: PluginLogLine
    public init(plugin: String, line: PluginLogLine) {
        self.plugin = plugin
        self.line = line
    }
}

public struct PluginStatistics: Method {
    public static let name = "plugin.statistics"
    public static let summary = "Calls, latencies and memory of plugins"
    /// All when absent.
    public var names: [String]?
    public init(names: [String]? = nil) { self.names = names }
    public struct Entry: Codable, Sendable {
        /// The instance's logical name.
        public var name: String
        /// On the host; absent while it does not run.
        public var pid: Int?
        /// Calls made of it since the daemon started.
        public var calls: Int64
        /// Those of them that ended with an error.
        public var failures: Int64
        /// Calls that the plugin works on now.
        public var active: Int?
        /// Microseconds from the core's call to its answer.
        public var p50: Int64?
        /// Microseconds, as `p50`.
        public var p99: Int64?
        /// Proportional set size in bytes, and processor time in milliseconds.
        public var memory: Int64?
        /// Milliseconds, user and system together; absent while it does not run.
        public var processorTime: Int64?
        /// The plugin's own figures.
        public var details: JSON?
        public init(name: String, calls: Int64, failures: Int64) {
            self.name = name
            self.calls = calls
            self.failures = failures
        }
    }
    public typealias Result = [Entry]
}

/// What goes over a plugin's connection, as `plugin.traffic` notifications until the request is cancelled. What the
/// protocol declares secret is not shown.
public struct PluginTrace: Method {
    public static let name = "plugin.trace"
    public static let summary = "Watch what core and plugin say to each other"
    /// The instance's logical name.
    public var name: String
    /// Methods to show, with their answers; `*` at an end stands for anything. All when absent.
    public var methods: [String]?
    public init(name: String, methods: [String]? = nil) {
        self.name = name
        self.methods = methods
    }
    public typealias Result = Empty
}

public struct PluginTraffic: Notification {
    public static let name = "plugin.traffic"
    /// The instance's logical name.
    public var plugin: String
    /// When it passed the supervisor.
    public var time: Timestamp
    /// Whether the core sent it.
    public var sent: Bool
    /// The method of the request that it is or answers.
    public var method: String?
    /// The whole JSON-RPC message, secrets redacted.
    public var message: JSON
    /// Microseconds since the request, for an answer.
    public var elapsed: Int64?
    public init(plugin: String, time: Timestamp, sent: Bool, method: String?, message: JSON, elapsed: Int64?) {
        self.plugin = plugin
        self.time = time
        self.sent = sent
        self.method = method
        self.message = message
        self.elapsed = elapsed
    }
}

/// Calls any method of a plugin. For those who debug a driver: the core's records do not follow.
public struct PluginCall: Method {
    public static let name = "plugin.call"
    public static let summary = "Call a method of a plugin directly"
    /// The instance's logical name.
    public var name: String
    /// A method of its kinds: `volume.list`.
    public var method: String
    /// As the method takes them; an object.
    public var params: JSON
    public init(name: String, method: String, params: JSON) {
        self.name = name
        self.method = method
        self.params = params
    }
    public typealias Result = JSON
}

/// Faults that the core's calls of a plugin meet. Those that are counted in messages happen on the wire; pings and
/// handshakes meet them only when `method` names them.
public struct PluginFault: Codable, Hashable, Sendable {
    /// Only calls of this method.
    public var method: String?
    /// Milliseconds before each call is sent.
    public var delay: Int?
    /// Every so many messages one is lost.
    public var dropEvery: Int?
    /// Every so many messages one is cut in half, and the connection ends.
    public var cutEvery: Int?
    /// Every so many messages one has a wrong byte in its middle.
    public var corruptEvery: Int?
    /// Every so many messages one arrives twice.
    public var duplicateEvery: Int?
    /// Whether the messages are the plugin's answers, instead of the core's requests.
    public var answers: Bool?
    /// Every so many calls one fails.
    public var errorEvery: Int?
    /// The process is killed when it has been sent so many calls.
    public var killAfter: Int?
    public init() {}
}

public struct PluginSetFault: Method {
    public static let name = "plugin.setFault"
    public static let summary = "Let calls of a plugin meet faults; only in the daemon's test mode"
    /// The instance's logical name.
    public var name: String
    /// Nil ends the faults.
    public var fault: PluginFault?
    public init(name: String, fault: PluginFault?) {
        self.name = name
        self.fault = fault
    }
    public typealias Result = Empty
}

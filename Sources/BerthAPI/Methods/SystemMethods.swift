import JSON
import JSONRPC

public struct PeerIdentity: Codable, Hashable, Sendable {
    public var name: String
    public var version: String
    public init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}

/// The versions that a peer speaks, inclusive.
public struct ProtocolRange: Codable, Hashable, Sendable {
    public var minimum: Int
    public var maximum: Int
    public init(minimum: Int, maximum: Int) {
        self.minimum = minimum
        self.maximum = maximum
    }
    /// What this tree speaks.
    public static let current = ProtocolRange(minimum: 1, maximum: 1)

    /// The highest version that both speak.
    public func agreed(with other: ProtocolRange) -> Int? {
        let highest = min(maximum, other.maximum)
        return highest >= max(minimum, other.minimum) ? highest : nil
    }
}

/// Opens a client's session with the daemon.
public struct Initialize: Method {
    public static let name = "initialize"
    public static let summary = "Open a session"
    public var client: PeerIdentity
    public var protocolRange: ProtocolRange
    public init(client: PeerIdentity, protocolRange: ProtocolRange = .current) {
        self.client = client
        self.protocolRange = protocolRange
    }
    public struct Result: Codable, Sendable {
        public var server: PeerIdentity
        public var protocolVersion: Int
        public init(server: PeerIdentity, protocolVersion: Int) {
            self.server = server
            self.protocolVersion = protocolVersion
        }
    }
}

public struct SystemPing: Method {
    public static let name = "system.ping"
    public static let summary = "Answer at once"
    public init() {}
    public struct Result: Codable, Sendable {
        public var pong: Bool
        public init() { pong = true }
    }
}

public struct SystemVersion: Method {
    public static let name = "system.version"
    public static let summary = "Version of the daemon and of its platform"
    public init() {}
    public struct Result: Codable, Sendable {
        public var version: String
        public var protocolRange: ProtocolRange
        public var commit: String
        public var os: String
        public var architecture: String
        public var kernel: String
        public init(
            version: String, protocolRange: ProtocolRange, commit: String, os: String, architecture: String,
            kernel: String
        ) {
            self.version = version
            self.protocolRange = protocolRange
            self.commit = commit
            self.os = os
            self.architecture = architecture
            self.kernel = kernel
        }
    }
}

public struct SystemInfo: Method {
    public static let name = "system.info"
    public static let summary = "State of the daemon and of its host"
    public init() {}
    public struct Result: Codable, Sendable {
        public var id: String
        public var version: String
        public var name: String
        public var root: String
        public var run: String
        public var containers: Int
        public var running: Int
        public var paused: Int
        public var stopped: Int
        public var images: Int
        public var snapshotter: String
        public var logDriver: String
        public var network: String
        public var volumeDriver: String
        /// Names of the OCI runtimes, and the one that a container gets that names none.
        public var runtimes: [String]
        public var defaultRuntime: String
        /// `v1` or `v2`.
        public var cgroupVersion: String
        public var kernel: String
        public var operatingSystem: String
        public var architecture: String
        public var processors: Int
        /// Bytes.
        public var memory: Int64
        public var securityOptions: [String]
        public var plugins: [PluginInfo]
        public var warnings: [String]
        /// The daemon's own process.
        public var pid: Int
        public init(id: String, version: String, name: String, root: String, run: String, pid: Int) {
            self.id = id
            self.version = version
            self.name = name
            self.root = root
            self.run = run
            self.pid = pid
            containers = 0
            running = 0
            paused = 0
            stopped = 0
            images = 0
            snapshotter = ""
            logDriver = ""
            network = ""
            volumeDriver = ""
            runtimes = []
            defaultRuntime = ""
            cgroupVersion = ""
            kernel = ""
            operatingSystem = ""
            architecture = ""
            processors = 0
            memory = 0
            securityOptions = []
            plugins = []
            warnings = []
        }
    }
}

/// Something that happened; durable and numbered.
public struct Event: Codable, Hashable, Sendable {
    public var sequence: Int64
    public var time: Timestamp
    /// `container`, `image`, `volume`, `network`, `plugin`, `daemon`.
    public var type: String
    /// `create`, `start`, `die`, `destroy`, `pull`, `mount`, …: docker's words where it has one.
    public var action: String
    public var id: String
    public var attributes: [String: String]
    public init(
        sequence: Int64, time: Timestamp, type: String, action: String, id: String, attributes: [String: String]
    ) {
        self.sequence = sequence
        self.time = time
        self.type = type
        self.action = action
        self.id = id
        self.attributes = attributes
    }
}

/// Replays events and, until cancelled, delivers new ones as `events.event` notifications.
public struct EventsSubscribe: Method {
    public static let name = "events.subscribe"
    public static let summary = "Replay events from a number or time, then deliver new ones"
    /// The first sequence number wanted; only new ones unless this or `since` is given.
    public var from: Int64?
    public var since: Timestamp?
    /// End here instead of following.
    public var until: Timestamp?
    public var filters: [String: [String]]?
    public init(from: Int64? = nil, since: Timestamp? = nil, until: Timestamp? = nil) {
        self.from = from
        self.since = since
        self.until = until
    }
    public struct Result: Codable, Sendable {
        /// The number after the last event delivered.
        public var next: Int64
        public init(next: Int64) { self.next = next }
    }
}

/// One event for a subscriber. `skipped` events before it were dropped because the subscriber did not keep up.
public struct EventNotification: Notification {
    public static let name = "events.event"
    public var event: Event
    public var skipped: Int64?
    public init(event: Event, skipped: Int64? = nil) {
        self.event = event
        self.skipped = skipped
    }
}

/// Puts another program in the daemon's place: containers and plugins run on, clients wait in the socket's backlog.
/// Answered before it happens; `session.moved` on the same connection tells that it does, and who connects then meets
/// the new program.
public struct SystemUpgrade: Method {
    public static let name = "system.upgrade"
    public static let summary = "Replace the daemon's program while containers and plugins run on"
    /// Absolute path; the path that the daemon was started from when absent.
    public var executable: String?
    public init(executable: String? = nil) { self.executable = executable }
    public struct Result: Codable, Sendable {
        public var executable: String
        /// What the new program says of itself.
        public var version: String
        public init(executable: String, version: String) {
            self.executable = executable
            self.version = version
        }
    }
}

/// From the daemon, before another program takes its place: it reads no more on this connection. What it does not answer
/// any more it has not begun, or it waits for something that goes on: both can be asked again on a new connection.
public struct SessionMoved: Notification {
    public static let name = "session.moved"
    public init() {}
}

import JSON
import JSONRPC

public struct PeerIdentity: Codable, Hashable, Sendable {
    /// The program's name.
    public var name: String
    /// Its version: 1.2.3.
    public var version: String
    public init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}

/// The versions that a peer speaks, inclusive.
public struct ProtocolRange: Codable, Hashable, Sendable {
    /// The lowest version that it speaks.
    public var minimum: Int
    /// The highest version that it speaks.
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
    /// Who calls.
    public var client: PeerIdentity
    /// Versions of the public API that the client speaks.
    public var protocolRange: ProtocolRange
    public init(client: PeerIdentity, protocolRange: ProtocolRange = .current) {
        self.client = client
        self.protocolRange = protocolRange
    }
    public struct Result: Codable, Sendable {
        /// The daemon.
        public var server: PeerIdentity
        /// The highest version that both speak; the session is of it.
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
        /// Always true.
        public var pong: Bool
        public init() { pong = true }
    }
}

public struct SystemVersion: Method {
    public static let name = "system.version"
    public static let summary = "Version of the daemon and of its platform"
    public init() {}
    public struct Result: Codable, Sendable {
        /// The daemon's own: 1.2.3.
        public var version: String
        /// Versions of the public API that it speaks.
        public var protocolRange: ProtocolRange
        /// What it was built from; empty when that is not known.
        public var commit: String
        /// `linux`.
        public var os: String
        /// As images name it: `amd64`, `arm64`.
        public var architecture: String
        /// The kernel's release, as `uname -r` has it.
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
        /// The host's name.
        public var id: String
        /// The daemon's own: 1.2.3.
        public var version: String
        /// The host's name.
        public var name: String
        /// Absolute path of the daemon's state (docker's DockerRootDir).
        public var root: String
        /// Absolute path of its sockets and of what a reboot may lose.
        public var run: String
        /// How many there are, in any state.
        public var containers: Int
        /// How many run.
        public var running: Int
        /// How many are paused.
        public var paused: Int
        /// All that neither run nor are paused.
        public var stopped: Int
        /// How many there are, dangling ones included.
        public var images: Int
        /// Logical name of the default snapshotter (docker's Driver); empty where there is none.
        public var snapshotter: String
        /// Logical name of the default log plugin; empty where there is none.
        public var logDriver: String
        /// Name of the network that a container gets that names none; empty where there is none.
        public var network: String
        /// Logical name of the default volume plugin; empty where there is none.
        public var volumeDriver: String
        /// Names of the OCI runtimes.
        public var runtimes: [String]
        /// The one that a container gets that names none.
        public var defaultRuntime: String
        /// `v1` or `v2`.
        public var cgroupVersion: String
        /// The kernel's release, as `uname -r` has it.
        public var kernel: String
        /// The host's, as os-release(5) names it: `Debian GNU/Linux 12 (bookworm)`.
        public var operatingSystem: String
        /// As images name it: `amd64`, `arm64`.
        public var architecture: String
        /// Those of the host that are online.
        public var processors: Int
        /// Bytes.
        public var memory: Int64
        /// What the engine gives containers: `seccomp`, `cgroupns`.
        public var securityOptions: [String]
        /// Every instance, as `plugin.list` has it.
        public var plugins: [PluginInfo]
        /// Sentences about what does not work as configured.
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
    /// Counts up by one, also over restarts of the daemon.
    public var sequence: Int64
    /// When it happened.
    public var time: Timestamp
    /// `container`, `image`, `volume`, `network`, `plugin`, `daemon`.
    public var type: String
    /// `create`, `start`, `die`, `destroy`, `pull`, `mount`, …: docker's words where it has one.
    public var action: String
    /// What it happened to: a container's, image's or network's id, a volume's or plugin's name.
    public var id: String
    /// More of it by name: `name`, `image`, `exitCode`, a container's labels.
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
    /// Events at that time or later, then new ones.
    public var since: Timestamp?
    /// End here instead of following.
    public var until: Timestamp?
    /// docker's: `type`, `event`, `container`, `label`; values of one key are alternatives, but all labels must be
    /// there.
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
    /// What happened.
    public var event: Event
    /// Events before it that were dropped because the subscriber did not keep up; absent for none.
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
        /// Absolute path of the program that takes over.
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

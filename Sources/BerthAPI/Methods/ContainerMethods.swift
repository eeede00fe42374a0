import JSONRPC

/// Makes a container from an image that is present; it is not started.
public struct ContainerCreate: Method {
    public static let name = "container.create"
    public static let summary = "Make a container from an image that is present"
    /// What the container is to be.
    public var config: ContainerConfig
    /// `[a-zA-Z0-9][a-zA-Z0-9_.-]+`; made up unless said.
    public var name: String?
    public init(config: ContainerConfig, name: String? = nil) {
        self.config = config
        self.name = name
    }
    public struct Result: Codable, Sendable {
        /// 64 hexadecimal digits.
        public var id: String
        /// Sentences about what was asked for and cannot be had.
        public var warnings: [String]
        public init(id: String, warnings: [String] = []) {
            self.id = id
            self.warnings = warnings
        }
    }
}

/// Which of a container's streams a client wants.
public struct AttachRequest: Codable, Hashable, Sendable {
    /// The client's bytes go to the process.
    public var stdin: Bool
    /// With a terminal: all that it shows.
    public var stdout: Bool
    /// With a terminal the same as `stdout`.
    public var stderr: Bool
    /// The client's terminal size, for a container with one.
    public var rows: Int?
    /// Characters in a line; with `rows`.
    public var columns: Int?
    public init(stdin: Bool, stdout: Bool, stderr: Bool) {
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
    }
}

/// Starts a container. With `attach`, the answer carries the attach stream (Docs/run.md, "Attach stream"),
/// connected before the first instruction runs, so nothing is lost.
public struct ContainerStart: Method {
    public static let name = "container.start"
    public static let summary = "Start a created or exited container"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// Streams that the client wants from the first byte on; none when absent.
    public var attach: AttachRequest?
    public init(id: String, attach: AttachRequest? = nil) {
        self.id = id
        self.attach = attach
    }
    public struct Result: Codable, Sendable {
        /// The first process's, on the host.
        public var pid: Int
        /// Sentences about limits that the host refused.
        public var warnings: [String]
        public init(pid: Int, warnings: [String]) {
            self.pid = pid
            self.warnings = warnings
        }
    }
}

/// Connects to a running container's streams; the answer carries the attach stream.
public struct ContainerAttach: Method {
    public static let name = "container.attach"
    public static let summary = "Connect to a running container's standard streams"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// Which streams.
    public var attach: AttachRequest
    public init(id: String, attach: AttachRequest) {
        self.id = id
        self.attach = attach
    }
    public struct Result: Codable, Sendable {
        /// The stream is a terminal's raw bytes, not multiplexed.
        public var terminal: Bool
        public init(terminal: Bool) { self.terminal = terminal }
    }
}

/// Sends the stop signal, waits, then SIGKILL. Stopping what is stopped succeeds.
public struct ContainerStop: Method {
    public static let name = "container.stop"
    public static let summary = "Stop a container: its stop signal, a grace period, SIGKILL"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// Seconds; −1 waits for ever; the container's own unless said.
    public var grace: Int?
    /// `SIGTERM` or `15`; the container's own stop signal when absent.
    public var signal: String?
    public init(id: String, grace: Int? = nil, signal: String? = nil) {
        self.id = id
        self.grace = grace
        self.signal = signal
    }
    public typealias Result = Empty
}

/// Stops (if it runs) and starts.
public struct ContainerRestart: Method {
    public static let name = "container.restart"
    public static let summary = "Stop a container if it runs, and start it"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// Seconds, as for `container.stop`.
    public var grace: Int?
    /// As for `container.stop`.
    public var signal: String?
    public init(id: String, grace: Int? = nil, signal: String? = nil) {
        self.id = id
        self.grace = grace
        self.signal = signal
    }
    public typealias Result = Empty
}

/// Sends a signal to the container's first process; SIGKILL is answered when the container has ended.
public struct ContainerKill: Method {
    public static let name = "container.kill"
    public static let summary = "Send a signal to a running container's first process"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// `SIGKILL`, `KILL`, `9`; SIGKILL unless said.
    public var signal: String?
    public init(id: String, signal: String? = nil) {
        self.id = id
        self.signal = signal
    }
    public typealias Result = Empty
}

/// Answers when the condition holds.
public struct ContainerWait: Method {
    public static let name = "container.wait"
    public static let summary = "Wait until a container is not running, exits next, or is removed"
    public enum Condition: String, Codable, CaseIterable, Sendable { case notRunning, nextExit, removed }
    /// Name, id or a unique prefix of it.
    public var id: String
    /// `notRunning` unless said.
    public var condition: Condition?
    public init(id: String, condition: Condition? = nil) {
        self.id = id
        self.condition = condition
    }
    public struct Result: Codable, Sendable {
        /// 0–255; 128+n after signal n; 125–127 as docker uses them.
        public var exitCode: Int
        /// Why, when the container did not exit by itself (its shim was lost, its start failed).
        public var error: String?
        public init(exitCode: Int, error: String? = nil) {
            self.exitCode = exitCode
            self.error = error
        }
    }
}

/// Removes a container.
public struct ContainerRemove: Method {
    public static let name = "container.remove"
    public static let summary = "Remove a container"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// Kill it first if it runs.
    public var force: Bool?
    /// Remove its anonymous volumes too.
    public var volumes: Bool?
    public init(id: String, force: Bool? = nil, volumes: Bool? = nil) {
        self.id = id
        self.force = force
        self.volumes = volumes
    }
    public typealias Result = Empty
}

/// Lists containers, newest first.
public struct ContainerList: Method {
    public static let name = "container.list"
    public static let summary = "List containers, newest first"
    /// Also those that do not run.
    public var all: Bool?
    /// Only the newest so many, running or not.
    public var last: Int?
    /// docker's filters: `name`, `id`, `status`, `label`, `ancestor`, `exited`, `network`, `volume`, `before`, `since`,
    /// `publish`; values of one key are alternatives.
    public var filters: [String: [String]]?
    /// Ask the snapshotter for sizes.
    public var size: Bool?
    public init(all: Bool? = nil, last: Int? = nil, filters: [String: [String]]? = nil, size: Bool? = nil) {
        self.all = all
        self.last = last
        self.filters = filters
        self.size = size
    }
    public typealias Result = [ContainerSummary]
}

/// Everything about one container, by id, unique prefix of it, or name.
public struct ContainerInspect: Method {
    public static let name = "container.inspect"
    public static let summary = "Everything about one container"
    /// Name, id or a unique prefix of it.
    public var id: String
    public init(id: String) { self.id = id }
    public typealias Result = ContainerDetail
}

/// Opens a container's log; the answer carries a descriptor with whole lines as log frames (Docs/run.md).
/// The stream ends after the last line, or with `follow` when the container has exited.
public struct ContainerLogs: Method {
    public static let name = "container.logs"
    public static let summary = "Read a container's log"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// Lines of standard output, or of the terminal.
    public var stdout: Bool
    /// Lines of standard error.
    public var stderr: Bool
    /// Go on with new lines until the container exits; false when absent.
    public var follow: Bool?
    /// The last so many lines.
    public var tail: Int?
    /// Lines written at that time or later; from the first when absent.
    public var since: Timestamp?
    /// Lines written at that time or before; to the last when absent.
    public var until: Timestamp?
    public init(id: String, stdout: Bool = true, stderr: Bool = true) {
        self.id = id
        self.stdout = stdout
        self.stderr = stderr
    }
    public struct Result: Codable, Sendable {
        /// The container has a terminal: one stream, carriage returns included.
        public var terminal: Bool
        public init(terminal: Bool) { self.terminal = terminal }
    }
}

/// Sets the size of a container's terminal, or of one of its execs'.
public struct ContainerResize: Method {
    public static let name = "container.resize"
    public static let summary = "Set the size of a terminal"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// An exec's id; the container's own terminal when absent.
    public var exec: String?
    /// Lines of text.
    public var rows: Int
    /// Characters in a line.
    public var columns: Int
    public init(id: String, exec: String? = nil, rows: Int, columns: Int) {
        self.id = id
        self.exec = exec
        self.rows = rows
        self.columns = columns
    }
    public typealias Result = Empty
}

/// Tells that the user of an attached client has left by its detach keys, which the client looks for: its stream ends
/// without a word, as that of a client that was killed. It is noted as the event `detach` or `exec_detach`.
public struct ContainerDetach: Method {
    public static let name = "container.detach"
    public static let summary = "Tell that a client has detached by its keys"
    /// Name or id of the container, or a unique start of the id.
    public var id: String
    /// An exec's id, when its stream is left; the container's own when absent.
    public var exec: String?
    public init(id: String, exec: String? = nil) {
        self.id = id
        self.exec = exec
    }
    public typealias Result = Empty
}

/// What to run in a running container.
public struct ExecConfig: Codable, Hashable, Sendable {
    /// The program, by path or by name on the container's `PATH`, and its arguments; at least one.
    public var arguments: [String]
    /// Added to the container's.
    public var environment: [String]?
    /// An absolute path in the container; the container's own when absent.
    public var workingDirectory: String?
    /// `user[:group]`, by name or 32-bit number; the container's own when absent.
    public var user: String?
    /// A pseudo-terminal instead of pipes; false when absent.
    public var terminal: Bool?
    /// All capabilities; the container's own when absent.
    public var privileged: Bool?
    public init(arguments: [String]) { self.arguments = arguments }
}

/// Runs a further process in a running container. With `attach`, the answer carries its attach stream.
public struct ContainerExec: Method {
    public static let name = "container.exec"
    public static let summary = "Run a process in a running container"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// What to run.
    public var config: ExecConfig
    /// Streams that the client wants from the first byte on; none when absent.
    public var attach: AttachRequest?
    public init(id: String, config: ExecConfig, attach: AttachRequest? = nil) {
        self.id = id
        self.config = config
        self.attach = attach
    }
    public struct Result: Codable, Sendable {
        /// The exec's id, for `container.execWait` and `container.resize`.
        public var exec: String
        /// On the host.
        public var pid: Int
        public init(exec: String, pid: Int) {
            self.exec = exec
            self.pid = pid
        }
    }
}

/// Answers when an exec has ended. Exit codes are kept until the container ends.
public struct ContainerExecWait: Method {
    public static let name = "container.execWait"
    public static let summary = "Wait for an exec to end"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// As `container.exec` answered it.
    public var exec: String
    public init(id: String, exec: String) {
        self.id = id
        self.exec = exec
    }
    public struct Result: Codable, Sendable {
        /// 0–255; 128+n after signal n.
        public var exitCode: Int
        public init(exitCode: Int) { self.exitCode = exitCode }
    }
}

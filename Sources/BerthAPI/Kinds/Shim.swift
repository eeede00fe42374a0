import JSON
import JSONRPC

/// Clones the container's init into its new namespaces, from `config.json` in the bundle. Answered as soon as the
/// namespaces exist; the init goes on with its mounts and waits for `shim.start`. Again: the same answer.
public struct ShimCreate: Method {
    public static let name = "shim.create"
    public static let summary = "Make the container's namespaces and its first process"
    public init() {}
    public struct Result: Codable, Sendable {
        /// The init's, on the host.
        public var pid: Int
        public init(pid: Int) { self.pid = pid }
    }
}

/// Lets the init execute its program. Fails with kind `notFound` and object `executable` (127), `permissionDenied` and
/// object `executable` (126), or any other error of the set-up (125). With `attach`, the answer carries the stream.
public struct ShimStart: Method {
    public static let name = "shim.start"
    public static let summary = "Execute the container's program"
    /// Streams that the caller wants from the first byte on; none when absent.
    public var attach: AttachRequest?
    public init(attach: AttachRequest? = nil) { self.attach = attach }
    public struct Result: Codable, Sendable {
        /// When the program was executed.
        public var startedAt: Timestamp
        /// Sentences about limits that the host refused.
        public var warnings: [String]
        public init(startedAt: Timestamp, warnings: [String]) {
            self.startedAt = startedAt
            self.warnings = warnings
        }
    }
}

/// What happened to a container: `exit.json` in the bundle, the `shim.exited` notification, and a part of `shim.state`.
public struct ExitRecord: Codable, Hashable, Sendable {
    /// 0–255; 128+n after signal n.
    public var exitCode: Int
    /// The kernel has killed a process of it for its memory limit.
    public var oomKilled: Bool
    /// When the init ended.
    public var exitedAt: Timestamp
    public init(exitCode: Int, oomKilled: Bool, exitedAt: Timestamp) {
        self.exitCode = exitCode
        self.oomKilled = oomKilled
        self.exitedAt = exitedAt
    }
}

/// To every connection that called `shim.state` or `shim.create`, after `exit.json` is on disk and all output has been
/// handed to the log stream.
public struct ShimExited: Notification {
    public static let name = "shim.exited"
    /// How it ended.
    public var exit: ExitRecord
    public init(exit: ExitRecord) { self.exit = exit }
}

/// To the same: the kernel has killed a process of the container because it would have exceeded its memory limit; not
/// necessarily the first process. Comes before `shim.exited` when that process's end ended the container.
public struct ShimOutOfMemory: Notification {
    public static let name = "shim.outOfMemory"
    public init() {}
}

/// Where the container is; a daemon's first call when it re-adopts a shim.
public struct ShimState: Method {
    public static let name = "shim.state"
    public static let summary = "State of the container; subscribes to its exit"
    public init() {}
    public struct Result: Codable, Sendable {
        public enum Phase: String, Codable, CaseIterable, Sendable { case empty, created, running, paused, exited }
        /// `empty`: before `shim.create`; `created`: the init waits for `shim.start`.
        public var phase: Phase
        /// The init's, on the host; absent before `shim.create`.
        public var pid: Int?
        /// Absent before `shim.start`.
        public var startedAt: Timestamp?
        /// How it ended; absent before.
        public var exit: ExitRecord?
        /// Keys of the execs that run.
        public var execs: [String]
        public init(phase: Phase, pid: Int?, startedAt: Timestamp?, exit: ExitRecord?, execs: [String]) {
            self.phase = phase
            self.pid = pid
            self.startedAt = startedAt
            self.exit = exit
            self.execs = execs
        }
    }
}

/// A further client of the container's streams (or of an exec's); the answer carries the attach stream.
public struct ShimAttach: Method {
    public static let name = "shim.attach"
    public static let summary = "Connect to the container's streams"
    /// Key of an exec; the container's own streams when absent.
    public var exec: String?
    /// Which streams.
    public var attach: AttachRequest
    public init(attach: AttachRequest, exec: String? = nil) {
        self.attach = attach
        self.exec = exec
    }
    public typealias Result = Empty
}

/// A new log stream (descriptor 0) after the log driver was restarted.
public struct ShimLogStream: Method {
    public static let name = "shim.logStream"
    public static let summary = "Take a new log stream"
    public init() {}
    public typealias Result = Empty
}

/// Runs a further process in the container; again with the same key: the same answer.
public struct ShimExec: Method {
    public static let name = "shim.exec"
    public static let summary = "Run a further process in the container"
    /// Caller-chosen key.
    public var exec: String
    /// What to run.
    public var config: ExecConfig
    /// Streams that the caller wants from the first byte on; none when absent.
    public var attach: AttachRequest?
    /// Milliseconds after which it is killed with all that it has started, whether or not anyone still waits for it.
    public var timeout: Int?
    public init(exec: String, config: ExecConfig, attach: AttachRequest? = nil, timeout: Int? = nil) {
        self.exec = exec
        self.config = config
        self.attach = attach
        self.timeout = timeout
    }
    public struct Result: Codable, Sendable {
        /// On the host.
        public var pid: Int
        public init(pid: Int) { self.pid = pid }
    }
}

/// Answers when the exec has ended and its output has been handed on.
public struct ShimExecWait: Method {
    public static let name = "shim.execWait"
    public static let summary = "Wait for an exec to end"
    /// The exec's key.
    public var exec: String
    public init(exec: String) { self.exec = exec }
    public struct Result: Codable, Sendable {
        /// 0–255; 128+n after signal n.
        public var exitCode: Int
        /// It was killed because its time was over.
        public var timedOut: Bool?
        public init(exitCode: Int, timedOut: Bool? = nil) {
            self.exitCode = exitCode
            self.timedOut = timedOut
        }
    }
}

/// Sends a signal to the init, to an exec, or to every process of the container.
public struct ShimKill: Method {
    public static let name = "shim.kill"
    public static let summary = "Send a signal"
    /// The signal's number, 1–64.
    public var signal: Int
    /// Key of an exec to send it to; the init when absent.
    public var exec: String?
    /// To every process of the container; false when absent.
    public var all: Bool?
    public init(signal: Int, exec: String? = nil, all: Bool? = nil) {
        self.signal = signal
        self.exec = exec
        self.all = all
    }
    public typealias Result = Empty
}

public struct ShimResize: Method {
    public static let name = "shim.resize"
    public static let summary = "Set the size of a terminal"
    /// Key of an exec; the container's own terminal when absent.
    public var exec: String?
    /// Lines of text.
    public var rows: Int
    /// Characters in a line.
    public var columns: Int
    public init(rows: Int, columns: Int, exec: String? = nil) {
        self.rows = rows
        self.columns = columns
        self.exec = exec
    }
    public typealias Result = Empty
}

public struct ShimPause: Method {
    public static let name = "shim.pause"
    public static let summary = "Freeze the container's processes"
    public init() {}
    public typealias Result = Empty
}

public struct ShimResume: Method {
    public static let name = "shim.resume"
    public static let summary = "Thaw the container's processes"
    public init() {}
    public typealias Result = Empty
}

/// Changes limits of a running container. What is absent stays; when one is refused, all are as before.
public struct ShimUpdate: Method {
    public static let name = "shim.update"
    public static let summary = "Change limits of a running container"
    /// As `linux.resources` of the runtime-spec (config-linux.md, "Control groups").
    public var resources: JSON
    public init(resources: JSON) { self.resources = resources }
    public typealias Result = Empty
}

/// Kills what is left, removes the cgroup, answers, and ends the shim. The bundle stays: it is the caller's.
public struct ShimDelete: Method {
    public static let name = "shim.delete"
    public static let summary = "Remove the container's cgroup and end the shim"
    public init() {}
    public typealias Result = Empty
}

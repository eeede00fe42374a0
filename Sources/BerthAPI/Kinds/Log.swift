import JSONRPC

/// Takes a container's log stream. Descriptor 0 is the driver's end of a stream socket on which log frames come
/// (Docs/run.md): the driver first writes the sequence to go on from, then acknowledgements. Opening again replaces the
/// stream.
public struct LogOpen: Method {
    public static let name = "log.open"
    public static let summary = "Take a container's log stream"
    /// The container's id: 64 hexadecimal digits.
    public var container: String
    /// Its name.
    public var containerName: String
    /// The image as the user named it.
    public var image: String
    /// The container's labels.
    public var labels: [String: String]
    /// `--log-opt`; one that is not known is an `invalidArgument`.
    public var options: [String: String]
    public init(
        container: String, containerName: String = "", image: String = "", labels: [String: String] = [:],
        options: [String: String] = [:]
    ) {
        self.container = container
        self.containerName = containerName
        self.image = image
        self.labels = labels
        self.options = options
    }
    public struct Result: Codable, Sendable {
        /// The file, for drivers that write one.
        public var path: String?
        public init(path: String? = nil) { self.path = path }
    }
}

/// Checks options without opening anything, so that `create` can refuse them.
public struct LogValidate: Method {
    public static let name = "log.validate"
    public static let summary = "Check log options"
    /// `--log-opt`, by name.
    public var options: [String: String]
    public init(options: [String: String]) { self.options = options }
    public typealias Result = Empty
}

/// No more frames will come: followers end. Closing what is not open succeeds.
public struct LogClose: Method {
    public static let name = "log.close"
    public static let summary = "End a container's log stream"
    /// The container's id: 64 hexadecimal digits.
    public var container: String
    public init(container: String) { self.container = container }
    public typealias Result = Empty
}

/// The answer carries a descriptor on which whole lines come as log frames, oldest first.
public struct LogRead: Method {
    public static let name = "log.read"
    public static let summary = "Read a container's log"
    /// The container's id: 64 hexadecimal digits.
    public var container: String
    /// Lines of the standard output.
    public var stdout: Bool
    /// Lines of the standard error.
    public var stderr: Bool
    /// Go on with new lines until `log.close`.
    public var follow: Bool
    /// Only so many of the last lines; all when absent.
    public var tail: Int?
    /// Only lines of this time and later.
    public var since: Timestamp?
    /// Only lines before this time.
    public var until: Timestamp?
    public init(container: String, stdout: Bool = true, stderr: Bool = true, follow: Bool = false) {
        self.container = container
        self.stdout = stdout
        self.stderr = stderr
        self.follow = follow
    }
    public typealias Result = Empty
}

/// Starts a new file now.
public struct LogRotate: Method {
    public static let name = "log.rotate"
    public static let summary = "Start a new log file"
    /// The container's id: 64 hexadecimal digits.
    public var container: String
    public init(container: String) { self.container = container }
    public typealias Result = Empty
}

/// Removes a container's log; one that is gone already succeeds.
public struct LogRemove: Method {
    public static let name = "log.remove"
    public static let summary = "Remove a container's log"
    /// The container's id: 64 hexadecimal digits.
    public var container: String
    public init(container: String) { self.container = container }
    public typealias Result = Empty
}

/// Containers whose logs should exist; the driver removes the rest and answers which streams it holds open.
public struct LogReconcile: Method {
    public static let name = "log.reconcile"
    public static let summary = "Remove logs of containers that are gone"
    /// Ids of the containers whose logs should exist.
    public var containers: [String]
    public init(containers: [String]) { self.containers = containers }
    public struct Result: Codable, Sendable {
        /// Ids of containers whose logs were removed.
        public var removed: [String]
        /// Ids of containers whose streams the driver holds.
        public var open: [String]
        public init(removed: [String], open: [String]) {
            self.removed = removed
            self.open = open
        }
    }
}

/// What the driver keeps, without touching it. A driver of before this method answers −32601.
public struct LogList: Method {
    public static let name = "log.list"
    public static let summary = "Which containers have a log, and whose stream is open"
    public init() {}
    public struct Result: Codable, Sendable {
        /// Ids of the containers that have a log.
        public var containers: [String]
        /// Those whose stream the driver holds open.
        public var open: [String]
        public init(containers: [String], open: [String]) {
            self.containers = containers
            self.open = open
        }
    }
}

// What a container can do without when its log driver is away and the failure policy says so.

extension LogOpen: SkippableMethod {
    public static var skipped: Result { Result() }
}

extension LogValidate: SkippableMethod {
    public static var skipped: Empty { Empty() }
}

extension LogClose: SkippableMethod {
    public static var skipped: Empty { Empty() }
}

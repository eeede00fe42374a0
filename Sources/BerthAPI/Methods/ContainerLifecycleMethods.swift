import JSONRPC

/// Stops every process of a running container where it is; `Docs/lifecycle.md` says what a paused container can do.
public struct ContainerPause: Method {
    public static let name = "container.pause"
    public static let summary = "Freeze a running container's processes"
    /// Name, id or a unique prefix of it.
    public var id: String
    public init(id: String) { self.id = id }
    public typealias Result = Empty
}

public struct ContainerUnpause: Method {
    public static let name = "container.unpause"
    public static let summary = "Let a paused container's processes go on"
    /// Name, id or a unique prefix of it.
    public var id: String
    public init(id: String) { self.id = id }
    public typealias Result = Empty
}

/// Gives a container another name; it may run.
public struct ContainerRename: Method {
    public static let name = "container.rename"
    public static let summary = "Give a container another name"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// `[a-zA-Z0-9][a-zA-Z0-9_.-]+`
    public var name: String
    public init(id: String, name: String) {
        self.id = id
        self.name = name
    }
    public typealias Result = Empty
}

/// Lists the processes of a running container with the host's `ps`.
public struct ContainerTop: Method {
    public static let name = "container.top"
    public static let summary = "List a running container's processes"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// Options of ps(1); `-ef` unless said. They must show the column PID.
    public var arguments: [String]?
    public init(id: String, arguments: [String]? = nil) {
        self.id = id
        self.arguments = arguments
    }
    public struct Result: Codable, Sendable {
        /// The columns' headings, as ps(1) has them.
        public var titles: [String]
        /// A cell for each title; the last one may have blanks.
        public var processes: [[String]]
        public init(titles: [String], processes: [[String]]) {
            self.titles = titles
            self.processes = processes
        }
    }
}

/// Removes every container that does not run.
public struct ContainerPrune: Method {
    public static let name = "container.prune"
    public static let summary = "Remove every container that does not run"
    /// `label`, `label!`: as docker's; `until`: made before that time (RFC 3339).
    public var filters: [String: [String]]?
    public init(filters: [String: [String]]? = nil) { self.filters = filters }
    public struct Result: Codable, Sendable {
        /// Their ids.
        public var removed: [String]
        /// Bytes of their writable layers.
        public var reclaimed: Int64
        public init(removed: [String], reclaimed: Int64) {
            self.removed = removed
            self.reclaimed = reclaimed
        }
    }
}

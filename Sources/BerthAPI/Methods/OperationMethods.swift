import JSONRPC

/// A call that an operation made of a plugin or of a shim.
public struct OperationSpan: Codable, Hashable, Sendable {
    /// The method that was called: `snapshotter.prepare`.
    public var method: String
    /// The plugin's logical name; `shim` for a container's shim.
    public var target: String
    /// Microseconds from the operation's begin to the call's.
    public var begin: Int64
    /// Microseconds; nil while it runs.
    public var duration: Int64?
    /// The sentence of the error it ended with.
    public var error: String?
    public init(method: String, target: String, begin: Int64) {
        self.method = method
        self.target = target
        self.begin = begin
    }
}

/// Something that a client asked for and that changed something, or tried to.
public struct OperationInfo: Codable, Hashable, Sendable {
    /// Counts up from the daemon's start.
    public var id: Int64
    /// What the client called: `container.start`.
    public var method: String
    /// What it was about, as the client named it.
    public var object: String?
    /// By the host's clock.
    public var beganAt: Timestamp
    /// Microseconds; nil while it runs.
    public var duration: Int64?
    /// The sentence of the error it ended with; absent when it succeeded or runs.
    public var error: String?
    /// By begin; absent in lists.
    public var spans: [OperationSpan]?
    public init(id: Int64, method: String, object: String?, beganAt: Timestamp) {
        self.id = id
        self.method = method
        self.object = object
        self.beganAt = beganAt
    }
}

/// The newest operations, at most 256, newest first.
public struct OperationList: Method {
    public static let name = "operation.list"
    public static let summary = "List the newest operations"
    public init() {}
    public typealias Result = [OperationInfo]
}

/// One operation with every call that it made of plugins and shims.
public struct OperationTrace: Method {
    public static let name = "operation.trace"
    public static let summary = "Show the calls that an operation made of plugins and shims"
    /// As `operation.list` has it.
    public var id: Int64
    public init(id: Int64) { self.id = id }
    public typealias Result = OperationInfo
}

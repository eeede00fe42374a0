import JSONRPC

/// Stops every process of a running container where it is; `Docs/lifecycle.md` says what a paused container can do.
public struct ContainerPause: Method {
    public static let name = "container.pause"
    public static let summary = "Freeze a running container's processes"
    public var id: String
    public init(id: String) { self.id = id }
    public typealias Result = Empty
}

public struct ContainerUnpause: Method {
    public static let name = "container.unpause"
    public static let summary = "Let a paused container's processes go on"
    public var id: String
    public init(id: String) { self.id = id }
    public typealias Result = Empty
}

/// Gives a container another name; it may run.
public struct ContainerRename: Method {
    public static let name = "container.rename"
    public static let summary = "Give a container another name"
    public var id: String
    /// `[a-zA-Z0-9][a-zA-Z0-9_.-]+`
    public var name: String
    public init(id: String, name: String) {
        self.id = id
        self.name = name
    }
    public typealias Result = Empty
}

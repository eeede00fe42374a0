import JSON

/// The OpenRPC document of what a peer answers (OpenRPC's service discovery method).
public struct Discover: Method {
    public static let name = "rpc.discover"
    public static let summary = "Describe every method"
    public typealias Result = JSON

    public init() {}
}

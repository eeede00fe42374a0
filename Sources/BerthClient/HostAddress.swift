import BerthAPI

/// Where a daemon listens: `unix:///run/berth/berth.sock`.
public struct HostAddress: Hashable, Sendable, CustomStringConvertible {
    public static let standard = HostAddress(path: "/run/berth/berth.sock")
    private static let scheme = "unix://"

    /// The absolute path of the socket.
    public let path: String

    private init(path: String) { self.path = path }

    /// - Throws: `invalidArgument` for another scheme, or a path that is not absolute.
    public init(_ text: String) throws(BerthError) {
        guard text.hasPrefix(Self.scheme), text.dropFirst(Self.scheme.count).hasPrefix("/") else {
            throw BerthError(
                .invalidArgument, "invalid host \"\(text)\"", object: "host",
                hint: "give the daemon's socket as unix:///path/to/berth.sock")
        }
        path = String(text.dropFirst(Self.scheme.count))
    }

    public var description: String { Self.scheme + path }
}

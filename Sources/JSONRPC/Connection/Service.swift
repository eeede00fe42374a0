import JSON
import LinuxSystem

/// What answers the peer of a connection.
public protocol Service: Sendable {
    /// Takes a request, on the loop's thread: it must not block, and the context must be answered once, now or later,
    /// from any thread.
    func handle(_ request: RequestContext)

    /// Takes a notification, on the loop's thread, in the order of their arrival. Unknown ones are ignored.
    func handle(_ notification: ReceivedNotification)
}

extension Service {
    public func handle(_ notification: ReceivedNotification) {}
}

/// A notification of the peer.
public struct ReceivedNotification: Sendable {
    public let connection: Connection
    public let method: String
    /// An empty object when there were none.
    public let params: JSON
    public let descriptors: [SharedDescriptor]
}

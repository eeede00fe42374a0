import LinuxSystem

/// What one connection may cost.
public struct Limits: Sendable {
    /// Bytes of one line, in both directions. A longer one that arrives ends the connection.
    public var messageBytes = 4 << 20
    /// Arrays and objects that may be open at once in one message.
    public var depth = 64
    /// Requests of the peer that are being worked on; beyond, nothing more is read until some are answered. Answers
    /// to our own calls wait too: it must exceed what the peer sends at once if handlers call the peer back.
    public var pendingRequests = 256
    /// Our own calls that wait for an answer; beyond, calls fail as busy.
    public var pendingCalls = 16384
    /// Messages in one batch.
    public var batchMessages = 64
    /// Bytes that wait for the peer to read. An answer that does not fit ends the connection, a notification that does
    /// not fit is dropped and counted, a call that does not fit fails as busy.
    public var outgoingBytes = 8 << 20
    /// Descriptors beside one message.
    public static let descriptors = UnixSocket.maximumDescriptors

    public init() {}
}

import CLinux
import Glibc

/// One end of a connection on which whole messages travel, each with at most one descriptor (unix(7), SOCK_SEQPACKET).
public struct ControlChannel: ~Copyable, Sendable {
    private let socket: Descriptor

    public init(_ socket: consuming Descriptor) { self.socket = socket }

    public var raw: CInt { socket.raw }

    /// Two connected ends.
    public static func pair() throws(SystemError) -> ChannelPair {
        var ends: [CInt] = [-1, -1]
        try systemCall("socketpair") {
            socketpair(AF_UNIX, berth_socket_seqpacket() | berth_socket_cloexec(), 0, &ends)
        }
        return ChannelPair(one: Descriptor(owning: ends[0]), other: Descriptor(owning: ends[1]))
    }

    public struct Message: ~Copyable, Sendable {
        public var bytes: [UInt8]
        public var descriptor: Descriptor?
    }

    public func send(_ bytes: [UInt8], descriptor: CInt? = nil) throws(SystemError) {
        let socket = socket.raw
        try systemCall("sendmsg") { berth_send(socket, bytes, bytes.count, descriptor ?? -1) }
    }

    /// The next message, at most 64 KiB; nil when the other end is closed.
    public func receive() throws(SystemError) -> Message? {
        let socket = socket.raw
        var buffer = [UInt8](repeating: 0, count: 4096)
        var descriptor: CInt = -1
        do {
            let count = try systemCall("recvmsg") { berth_receive(socket, &buffer, buffer.count, &descriptor) }
            let attached = descriptor >= 0 ? Descriptor(owning: descriptor) : nil
            if count == 0 { return nil }
            return Message(bytes: Array(buffer[..<count]), descriptor: attached)
        } catch where error.errno == .connectionReset {
            return nil
        }
    }
}

/// The two ends of a new connection.
public struct ChannelPair: ~Copyable, Sendable {
    public let one: Descriptor
    public let other: Descriptor

    /// Gives both ends to two owners.
    public consuming func split(_ body: (consuming Descriptor, consuming Descriptor) -> Void) { body(one, other) }
}

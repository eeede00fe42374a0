import CLinux
import Glibc

/// One end of a connection on which whole messages travel, each with at most one descriptor (unix(7), SOCK_SEQPACKET).
public final class ControlChannel: Sendable {
    private let socket: Descriptor

    public init(_ socket: consuming Descriptor) { self.socket = socket }

    public var raw: CInt { socket.raw }

    /// Two connected ends.
    public static func pair() throws(SystemError) -> (ControlChannel, ControlChannel) {
        var ends: [CInt] = [-1, -1]
        try systemCall("socketpair") { socketpair(AF_UNIX, kind, 0, &ends) }
        return (ControlChannel(Descriptor(owning: ends[0])), ControlChannel(Descriptor(owning: ends[1])))
    }

    /// Waits for connections at a path, which must not exist.
    public static func listen(at path: String) throws(SystemError) -> SharedDescriptor {
        let address = try UnixAddress(path)
        let listener = SharedDescriptor(owning: try systemCall("socket") { Glibc.socket(AF_UNIX, kind, 0) })
        try systemCall("bind", path) { address.withPointer { bind(listener.raw, $0, $1) } }
        try systemCall("listen", path) { Glibc.listen(listener.raw, 4) }
        return listener
    }

    /// Waits until somebody connects.
    public static func accept(_ listener: CInt) throws(SystemError) -> ControlChannel {
        let raw = try systemCall("accept4") { berth_accept_blocking(listener) }
        return ControlChannel(Descriptor(owning: raw))
    }

    public static func connect(to path: String) throws(SystemError) -> ControlChannel {
        let address = try UnixAddress(path)
        let channel = ControlChannel(Descriptor(owning: try systemCall("socket") { Glibc.socket(AF_UNIX, kind, 0) }))
        try systemCall("connect", path) { address.withPointer { Glibc.connect(channel.raw, $0, $1) } }
        return channel
    }

    private static var kind: CInt { berth_socket_seqpacket() | berth_socket_cloexec() }

    public struct Message: Sendable {
        public var bytes: [UInt8]
        public var descriptor: SharedDescriptor?
    }

    public func send(_ bytes: [UInt8], descriptor: CInt? = nil) throws(SystemError) {
        try systemCall("sendmsg") { berth_send(raw, bytes, bytes.count, descriptor ?? -1) }
    }

    /// The next message, at most 4 KiB; nil when the other end is closed.
    public func receive() throws(SystemError) -> Message? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        var descriptor: CInt = -1
        do {
            let count = try systemCall("recvmsg") { berth_receive(raw, &buffer, buffer.count, &descriptor) }
            let attached = descriptor >= 0 ? SharedDescriptor(owning: descriptor) : nil
            if count == 0 { return nil }
            return Message(bytes: Array(buffer[..<count]), descriptor: attached)
        } catch  where error.errno == .connectionReset {
            return nil
        }
    }
}

import Glibc

/// A transport protocol whose ports can be published.
public enum PortProtocol: String, CaseIterable, Codable, Hashable, Sendable {
    case tcp, udp
}

/// A host port that is held by a bound socket, so that no process of the host takes it: nothing is ever received.
public final class PortReservation: Sendable {
    private let descriptor: Descriptor
    public let port: UInt16

    /// Binds, and for TCP listens: only a listening socket keeps others out who set SO_REUSEADDR, and only with
    /// SO_REUSEADDR are connections of an earlier owner in TIME_WAIT no obstacle (socket(7), ip(7)).
    ///
    /// - Parameter port: 0 lets the kernel choose.
    /// - Throws: `addressInUse`; `addressNotAvailable` when the host does not have the address.
    public init(_ transport: PortProtocol, _ address: IPv4Address, port: UInt16) throws(SystemError) {
        let object = "\(address):\(port)/\(transport.rawValue)"
        let type = transport == .tcp ? SOCK_STREAM : SOCK_DGRAM
        let owned = Descriptor(
            owning: try systemCall("socket", object) {
                socket(AF_INET, CInt(type.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
            })
        let raw = owned.raw
        if transport == .tcp {
            var on: CInt = 1
            try systemCall("setsockopt", "SO_REUSEADDR") {
                setsockopt(raw, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size))
            }
        }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = address.rawValue.bigEndian
        try systemCall("bind", object) { name.withSockaddr { bind(raw, $0, $1) } }
        if transport == .tcp { try systemCall("listen", object) { listen(raw, 0) } }
        if port == 0 {
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            try systemCall("getsockname", object) {
                name.withSockaddr { pointer, _ in getsockname(raw, pointer, &length) }
            }
        }
        self.port = UInt16(bigEndian: name.sin_port)
        descriptor = owned
    }
}

extension sockaddr_in {
    mutating func withSockaddr<R>(_ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> R) -> R {
        withUnsafeMutablePointer(to: &self) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<Self>.size)) }
        }
    }
}

extension Errno {
    public static let addressNotAvailable = Errno(rawValue: EADDRNOTAVAIL)
    public static let tooManyOpenFiles = Errno(rawValue: EMFILE)
}

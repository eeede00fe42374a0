import LinuxSystem

/// Hands a terminal's master over as OCI engines expect it: one message with the descriptor on a stream socket.
enum ConsoleSocket {
    static func send(_ terminal: CInt, to path: String) throws {
        let socket = try UnixSocket.connect(to: path)
        let name = Array("/dev/ptmx".utf8)
        _ = try name.withUnsafeBytes { try UnixSocket.send(socket.raw, $0, descriptors: [terminal]) }
    }
}

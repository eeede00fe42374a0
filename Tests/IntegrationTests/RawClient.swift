import JSON
import LinuxSystem

/// A client that speaks the wire itself, well or badly.
final class RawClient {
    private let socket: Descriptor
    private var received: [UInt8] = []

    init(_ daemon: TestDaemon) throws {
        socket = try UnixSocket.connect(to: "\(daemon.folder)/run/berth.sock")
        try UnixSocket.setBlocking(socket.raw)
    }

    /// Opens the session.
    func initialize() throws {
        let range = #"{"minimum":1,"maximum":1}"#
        try send(
            #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"client":{"name":"test","version":"1"},"#
                + #""protocolRange":\#(range)}}"#)
        _ = try answer()
    }

    func send(_ line: String) throws { try send(Array("\(line)\n".utf8)) }

    func send(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try UnixSocket.sendAll(socket.raw, $0) }
    }

    /// The next line as JSON; nil when the daemon has closed the connection.
    func answer() throws -> JSON? {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                defer { received.removeFirst(end + 1) }
                return try JSON(parsing: Array(received[..<end]))
            }
            let input = try buffer.withUnsafeMutableBytes { try StreamIO.read(socket.raw, into: $0) }
            guard case .bytes(let count) = input else { return nil }
            received += buffer[..<count]
        }
    }

    /// The code of the next answer's error.
    func errorCode() throws -> Int64? { try answer()?["error"]?["code"]?.int }

    /// Creates or removes so many volumes, all at once.
    func volumes(_ count: Int, _ verb: String) throws {
        for number in 0..<count {
            try send(
                #"{"jsonrpc":"2.0","id":\#(number),"method":"volume.\#(verb)","params":{"name":"many\#(number)"}}"#)
        }
        for _ in 0..<count { _ = try answer() }
    }
}

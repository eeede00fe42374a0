import LinuxSystem
import Testing

/// A network namespace with a process in it that does nothing; it ends with `end`, or with this process.
final class Sandbox: Sendable {
    let pid: CInt
    private let pidfd: SharedDescriptor
    /// Its closing ends the process.
    private let leash: SharedDescriptor

    init() throws {
        let (input, output) = (try Pipe().shared(), try Pipe().shared())
        var request = SpawnRequest(
            .path("/usr/bin/unshare"), arguments: ["unshare", "-n", "sh", "-c", "echo ready; exec cat"],
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
        request.descriptors = [0: input.read, 1: output.write]
        let process = try spawn(request)
        pid = process.pid
        pidfd = process.shared()
        leash = input.write
        _ = try readLine(output.read) { $0.contains("ready") }
    }

    var path: String { "/proc/\(pid)/ns/net" }

    func descriptor() throws -> SharedDescriptor { try openForReading(path).shared() }

    /// Ends the process, and with it, soon, the namespace.
    func end() {
        try? ProcessDescriptor.signal(pidfd.raw, 9)
        _ = try? ProcessDescriptor.wait(pidfd.raw)
    }

    /// Runs a shell command inside.
    ///
    /// - Returns: what it wrote, errors included.
    @discardableResult
    func run(_ command: String) throws -> String {
        let output = try Pipe().shared()
        let script = "(\(command)) 2>&1\necho \(Self.end)"
        let process = try start(["sh", "-c", script], [0: openNullDevice(), 1: output.write])
        let text = try readLine(output.read) { $0.contains(Self.end) }
        _ = try ProcessDescriptor.wait(process.raw)
        return String(text.split(separator: Self.end, omittingEmptySubsequences: false)[0])
    }

    private static let end = "@end@"

    func start(_ arguments: [String], _ descriptors: [CInt: SharedDescriptor], environment: [String] = []) throws
        -> SharedDescriptor
    {
        var request = SpawnRequest(
            .path("/usr/bin/nsenter"), arguments: ["nsenter", "--net=\(path)"] + arguments,
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] + environment)
        request.descriptors = descriptors
        return try spawn(request).shared()
    }

    /// A server that answers each connection with its peer's address; listening when this returns.
    func serve(_ address: String, greeting: String) throws -> Server {
        let errors = try Pipe().shared()
        let answer = "SYSTEM:read line; echo \(greeting) $SOCAT_PEERADDR"
        let process = try start(
            ["socat", "-T", "2", "-d", "-d", "\(address),fork,reuseaddr", answer],
            [0: openNullDevice(), 1: openNullDevice(), 2: errors.write])
        _ = try readLine(errors.read) { $0.contains("listening on") }
        return Server(process: process, messages: errors.read)
    }

    /// What a server at `address` answers; empty when it does not. Nothing is sent over TCP: what the server did not
    /// read would make it reset the connection.
    func ask(_ address: String) throws -> String {
        let input = address.hasPrefix("UDP") ? "echo x |" : "</dev/null"
        return try run("\(input) socat -t 2 -T 2 - \(address) 2>/dev/null")
    }
}

/// A running server, and the pipe that takes its messages: without a reader they would end it.
struct Server: Sendable {
    let process: SharedDescriptor
    let messages: SharedDescriptor
}

func terminate(_ server: Server) { terminate(server.process) }

func terminate(_ process: SharedDescriptor) {
    try? ProcessDescriptor.signal(process.raw, 9)
    _ = try? ProcessDescriptor.wait(process.raw)
}

/// Reads until what came satisfies `isEnough`, or the end.
func readLine(_ descriptor: SharedDescriptor, _ isEnough: (String) -> Bool) throws -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !isEnough(String(decoding: bytes, as: UTF8.self)) {
        guard let count = buffer.withUnsafeMutableBytes({ readAvailable(descriptor.raw, into: $0) }) else { continue }
        if count == 0 { break }
        bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
}

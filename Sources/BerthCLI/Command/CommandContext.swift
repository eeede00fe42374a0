import BerthAPI
import BerthClient
import JSONRPC
import LinuxSystem

/// What a command is run with: the daemon, the standard streams, the environment.
public final class CommandContext {
    public static let version = "0.1.0"
    static let hostVariable = "BERTH_HOST"

    public let streams: StandardDescriptors
    public let environment: (String) -> String?
    /// The daemon that `--host` names.
    public var host: String?
    /// Why something could not be written; a reader that has gone ends the program by SIGPIPE.
    private(set) var outputFailure: SystemError?
    private var connected: BerthClient?

    public init(
        streams: StandardDescriptors = StandardDescriptors(),
        environment: @escaping (String) -> String? = environmentVariable
    ) {
        self.streams = streams
        self.environment = environment
    }

    /// The daemon's address: `--host`, else `BERTH_HOST`, else the standard one.
    public func hostAddress() throws -> HostAddress {
        guard let text = host ?? environment(Self.hostVariable), !text.isEmpty else { return .standard }
        return try HostAddress(text)
    }

    /// The session with the daemon, opened at the first use.
    public func client(service: (any Service)? = nil) throws -> BerthClient {
        if let connected { return connected }
        let client = try BerthClient(host: hostAddress(), identity: Self.identity, service: service)
        connected = client
        return client
    }

    /// Forgets a session that is lost: the next call opens another one.
    func disconnect() { connected = nil }

    /// The session for something that may outlive the daemon.
    func link() throws -> DaemonLink {
        let client = try client()
        let (host, loop) = (try hostAddress(), client.loop)
        return DaemonLink(client) { try BerthClient(host: host, identity: Self.identity, loop: loop) }
    }

    private static let identity = PeerIdentity(name: "berth", version: version)

    var now: Timestamp { Timestamp(nanoseconds: Host.now) }

    // MARK: Output

    /// Writes a text as it is.
    func write(_ text: String) { put(text, streams.output) }

    /// Writes a line.
    func print(_ line: String) { put(line + "\n", streams.output) }

    /// Writes a line to the standard error.
    func complain(_ line: String) { put(line + "\n", streams.error) }

    private func put(_ text: String, _ descriptor: CInt) {
        guard !text.isEmpty else { return }
        do {
            try StandardStream.write(Array(text.utf8), to: descriptor)
        } catch {
            outputFailure = error
        }
    }
}

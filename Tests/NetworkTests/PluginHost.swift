import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Testing

/// A network plugin's real executable, run in a network namespace of its own that stands for the host.
final class PluginHost {
    let host: Sandbox
    let directory: String
    private let executable: String
    private let configuration: JSON
    private let loop: EventLoop
    private let socket: SharedDescriptor
    private var process: SharedDescriptor?
    private var connection: Connection?

    /// Runs `body` with the plugin, then removes all of it.
    ///
    /// - Parameter loopback: Whether the namespace's loopback is up, as everywhere but in a new namespace.
    static func with(
        _ name: String = "berth-bridge", configuration: JSON = [:], loopback: Bool = true,
        _ body: (PluginHost) throws -> Void
    ) throws {
        let host = try PluginHost(name, configuration, loopback: loopback)
        defer { host.end() }
        try body(host)
    }

    private init(_ name: String, _ configuration: JSON, loopback: Bool) throws {
        let bundle = try #require(CommandLine.arguments.first { $0.hasSuffix(".xctest") }, "the test bundle's path")
        executable = parentDirectory(bundle) + "/" + name
        directory = "/tmp/berth-network-test-\(UInt64.random(in: 0 ... .max))"
        self.configuration = configuration
        loop = try EventLoop()
        for folder in ["", "/state", "/run"] { try makeDirectory(directory + folder) }
        socket = try UnixSocket.listen(at: directory + "/plugin.sock").shared()
        host = try Sandbox()
        if loopback { try host.run("ip link set lo up") }
        try start()
    }

    func start() throws {
        process = try host.start([executable], [3: socket], environment: ["LISTEN_FDS=1"])
        connection = try Connection(socket: UnixSocket.connect(to: directory + "/plugin.sock"), loop: loop)
        _ = try call(
            PluginInitialize(
                instance: "bridge", supervisor: PeerIdentity(name: "tests", version: "1"),
                configuration: configuration, stateDirectory: directory + "/state", runDirectory: directory + "/run"))
    }

    /// `kill -9`, at once.
    func kill() {
        if let process { terminate(process) }
        process = nil
        connection = nil
    }

    func restart() throws {
        kill()
        try start()
    }

    private func end() {
        kill()
        host.end()
        removeTree(directory)
    }

    private func removeTree(_ path: String) {
        for name in (try? listDirectory(path)) ?? [] {
            if (try? removeFile("\(path)/\(name)")) == nil { removeTree("\(path)/\(name)") }
        }
        try? removeDirectory(path)
    }

    @discardableResult
    func call<M: Method>(_ method: M, descriptors: [SharedDescriptor] = []) throws -> M.Result {
        do throws(RPCError) {
            return try connection!.callAndWait(method, timeout: .seconds(30), descriptors: descriptors).result
        } catch {
            throw BerthError(error)
        }
    }

    // MARK: Short forms

    @discardableResult
    func create(
        _ id: String, subnet: String? = nil, isInternal: Bool = false, options: [String: String] = [:]
    ) throws -> NetworkDriverCreate.Result {
        try call(
            NetworkDriverCreate(
                id: id, networkName: id, subnet: subnet, isInternal: isInternal, options: options))
    }

    @discardableResult
    func attach(
        _ key: String, _ network: String, _ sandbox: Sandbox, ports: [PortRequest] = [], interface: String = "eth0",
        address: String? = nil
    ) throws -> NetworkAttach.Result {
        var endpoint = NetworkEndpoint(endpoint: key, network: network, interface: interface)
        endpoint.ports = ports
        endpoint.address = address
        return try call(
            NetworkAttach(endpoint: endpoint, sandbox: sandbox.path), descriptors: [sandbox.descriptor()])
    }

    func detach(_ key: String, sandboxIsEnding: Bool? = nil) throws {
        try call(NetworkDetach(endpoint: key, sandboxIsEnding: sandboxIsEnding))
    }

    /// All that a network driver could leave on a host.
    func snapshot() throws -> String {
        try host.run("ip -o link; ip -o addr; ip route; nft list ruleset; cat /proc/sys/net/ipv4/ip_forward")
    }
}

/// The kind of the error that `body` throws; nil when it throws none.
func kind(_ body: () throws -> some Any) -> ErrorKind? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? BerthError)?.kind
    }
}

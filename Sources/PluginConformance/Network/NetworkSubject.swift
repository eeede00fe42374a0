import BerthAPI
import JSONRPC
import LinuxSystem

/// A network driver in a network namespace that stands for the host, and the steps that several checks take.
struct NetworkSubject {
    let bench: Bench
    let host: NetworkSandbox
    private let capabilities: Set<String>

    init(_ bench: Bench) throws {
        guard let host = bench.host else { throw Violation("the plugin runs in no namespace of its own") }
        self.bench = bench
        self.host = host
        _ = try bench.session
        capabilities = Set(bench.handshake?.capabilities ?? [])
    }

    static var table: [Check<NetworkSubject>] { networks + endpoints + ports + faults + crashes }

    /// Container and host are one: there is no sandbox.
    var isHostNamespace: Bool { capabilities.contains("hostNamespace") }
    var publishes: Bool { capabilities.contains("publish") }

    /// For checks of what a driver remembers.
    func requireMemory() throws {
        if capabilities.contains("stateless") { throw Skip("the plugin names the capability stateless") }
    }

    @discardableResult
    func call<M: Method>(_ method: M, descriptors: [SharedDescriptor] = []) throws -> M.Result {
        try bench.call(method, descriptors: descriptors)
    }

    /// The core's id of the network of a number.
    static func id(_ number: Int) -> String {
        let digits = String(number + 1, radix: 16)
        return digits + String(repeating: "ab", count: 32).dropLast(digits.count)
    }

    static func network(_ number: Int) -> NetworkDriverCreate {
        NetworkDriverCreate(id: id(number), networkName: "net\(number)")
    }

    @discardableResult
    func create(_ number: Int) throws -> NetworkDriverCreate.Result { try call(Self.network(number)) }

    func delete(_ number: Int) throws { try call(NetworkDriverDelete(id: Self.id(number))) }

    func request(
        _ key: String, _ number: Int, _ sandbox: NetworkSandbox, ports: [PortRequest] = []
    ) -> NetworkAttach {
        var endpoint = NetworkEndpoint(endpoint: key, network: Self.id(number), interface: "eth0")
        endpoint.ports = ports
        return NetworkAttach(endpoint: endpoint, sandbox: isHostNamespace ? nil : sandbox.path)
    }

    func descriptors(_ sandbox: NetworkSandbox) throws -> [SharedDescriptor] {
        isHostNamespace ? [] : [try sandbox.descriptor()]
    }

    @discardableResult
    func attach(
        _ key: String, _ number: Int, _ sandbox: NetworkSandbox, ports: [PortRequest] = []
    ) throws -> NetworkAttach.Result {
        try call(request(key, number, sandbox, ports: ports), descriptors: try descriptors(sandbox))
    }

    func detach(_ key: String) throws { try call(NetworkDetach(endpoint: key)) }

    func networks() throws -> [String] { try call(NetworkDriverList()).map(\.id).sorted() }

    func endpoints(_ number: Int) throws -> [String] {
        try call(NetworkDriverInspect(id: Self.id(number))).endpoints.sorted()
    }

    /// The address of an answer without its prefix length; skips for drivers that give none.
    func address(_ answer: NetworkAttach.Result) throws -> IPv4Address {
        guard let text = answer.address else { throw Skip("the driver gives no addresses") }
        guard let interface = IPv4Interface(text) else {
            if text.contains(":") { throw Skip("the driver gives IPv6 addresses only") }
            throw Violation("the address \(text) is not written with its prefix length")
        }
        return interface.address
    }

    /// Whether `from` reaches a listener in `to`.
    func requireConnection(from: NetworkSandbox, to: NetworkSandbox, _ address: IPv4Address) throws {
        let (listener, port) = try to.perform { try TCPProbe.listen() }
        try withExtendedLifetime(listener) {
            do {
                try from.perform { try TCPProbe.connect(to: address, port: port, until: .now + .seconds(5)) }
            } catch let error as SystemError {
                throw Violation("\(address):\(port) is not reached: \(error)")
            }
        }
    }
}

import BerthAPI
import LinuxSystem

/// Takes loopback up in a sandbox. It keeps no state: what it does ends with the sandbox.
struct Isolation: Sendable {
    static let noPorts = BerthError(
        .failedPrecondition, "a container without a network cannot publish ports", hint: "use --network bridge")

    private let home: NetworkNamespace

    init() throws {
        home = try NetworkNamespace.current()
    }

    func attach(_ request: NetworkAttach, sandbox: SharedDescriptor?) throws -> NetworkAttach.Result {
        guard request.endpoint.ports.isEmpty else { throw Self.noPorts }
        guard request.endpoint.address == nil else {
            throw BerthError(.invalidArgument, "a container without a network has no address")
        }
        let namespace = try namespace(request, sandbox)
        guard try namespace.identity() != home.identity() else {
            throw BerthError(.invalidArgument, "the sandbox is the host's own network namespace")
        }
        var socket = try namespace.enter(from: home) { () throws(SystemError) in try NetlinkSocket() }
        do {
            try socket.perform([.setLink(.loopback, isUp: true)])
        } catch let error as NetlinkError {
            throw BerthError(.internal, error.description)
        }
        return NetworkAttach.Result()
    }

    private func namespace(_ request: NetworkAttach, _ sandbox: SharedDescriptor?) throws -> NetworkNamespace {
        do {
            if let sandbox { return try NetworkNamespace(sandbox.duplicate()) }
            if let path = request.sandbox { return try NetworkNamespace(path: path) }
        } catch {
            throw BerthError(.invalidArgument, "the sandbox is not a network namespace that can be opened: \(error)")
        }
        throw BerthError(.invalidArgument, "network.attach needs the sandbox's network namespace as a descriptor")
    }
}

import BerthAPI
import LinuxSystem
import PluginKit

/// Takes loopback up in a sandbox, which ends with it.
///
/// A driver that gives addresses remembers them, over crashes too: it is a `NetworkDriver`, without the capability
/// `stateless`, and writes each endpoint down before its first link is made.
struct Networks: StatelessNetworkDriver {
    private static let noPorts = BerthError(.unimplemented, "the driver skeleton publishes no ports")

    private let home: NetworkNamespace

    init() throws { home = try NetworkNamespace.current() }

    func create(_ request: NetworkDriverCreate) throws -> NetworkDriverCreate.Result {
        guard request.subnet == nil, request.gateway == nil, request.ipRange == nil else {
            throw BerthError(.invalidArgument, "networks of the driver skeleton have no addresses")
        }
        return NetworkDriverCreate.Result()
    }

    func attach(_ request: NetworkAttach, sandbox: SharedDescriptor?) throws -> NetworkAttach.Result {
        guard request.endpoint.ports.isEmpty else { throw Self.noPorts }
        guard request.endpoint.address == nil else {
            throw BerthError(.invalidArgument, "the driver skeleton gives no addresses")
        }
        let namespace = try request.namespace(sandbox)
        var socket = try namespace.enter(from: home) { () throws(SystemError) in try NetlinkSocket() }
        do {
            try socket.perform([.setLink(.loopback, isUp: true)])
        } catch let error as NetlinkError {
            throw BerthError(.internal, error.description)
        }
        return NetworkAttach.Result()
    }

    func publish(_ request: NetworkPublish) throws -> NetworkPublish.Result { throw Self.noPorts }
}

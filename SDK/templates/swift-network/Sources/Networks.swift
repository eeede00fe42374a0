import BerthAPI
import LinuxSystem
import PluginKit

/// Takes loopback up in a sandbox, which ends with it.
///
/// A driver that gives addresses remembers them, over crashes too: it is a `NetworkDriver`, without the capability
/// `stateless`, and writes each endpoint down before its first link is made.
struct Networks: StatelessNetworkDriver {
    private static let noPorts = BerthError(.unimplemented, "the driver skeleton publishes no ports")

    func create(_ request: NetworkDriverCreate) throws -> NetworkDriverCreate.Result {
        try request.requireNoAddresses()
        return NetworkDriverCreate.Result()
    }

    func attach(_ request: NetworkAttach, sandbox: SharedDescriptor?) throws -> NetworkAttach.Result {
        guard request.endpoint.ports.isEmpty else { throw Self.noPorts }
        try request.requireNoAddress()
        try request.startLoopback(in: sandbox)
        return NetworkAttach.Result()
    }

    func publish(_ request: NetworkPublish) throws -> NetworkPublish.Result { throw Self.noPorts }
}

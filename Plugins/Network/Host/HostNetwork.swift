import BerthAPI
import LinuxSystem
import PluginKit

/// The host's own network: there is nothing to attach, and nothing to release.
struct HostNetwork: StatelessNetworkDriver {
    private static let noPorts = BerthError(
        .failedPrecondition, "a container on the host's network cannot publish ports: its ports are the host's already",
        hint: "leave -p away, or use --network bridge")

    func create(_ request: NetworkDriverCreate) throws -> NetworkDriverCreate.Result {
        guard request.subnet == nil, request.gateway == nil, request.ipRange == nil, !request.isInternal else {
            throw BerthError(.invalidArgument, "the host's network has the host's addresses, and a way out")
        }
        return NetworkDriverCreate.Result()
    }

    func attach(_ request: NetworkAttach, sandbox: SharedDescriptor?) throws -> NetworkAttach.Result {
        guard request.endpoint.ports.isEmpty else { throw Self.noPorts }
        guard request.endpoint.address == nil, request.endpoint.macAddress == nil else {
            throw BerthError(.invalidArgument, "a container on the host's network has the host's addresses")
        }
        return NetworkAttach.Result()
    }

    func publish(_ request: NetworkPublish) throws -> NetworkPublish.Result { throw Self.noPorts }
}

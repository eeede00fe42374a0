import BerthAPI
import LinuxSystem
import PluginKit

/// Takes loopback up in a sandbox. It keeps no state: what it does ends with the sandbox.
struct Isolation: StatelessNetworkDriver {
    private static let noPorts = BerthError(
        .failedPrecondition, "a container without a network cannot publish ports", hint: "use --network bridge")

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

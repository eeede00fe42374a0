import BerthAPI
import JSONRPC
import PluginKit

// The network driver `host`: its capability tells the core to make no namespace for the container. There is nothing
// to attach, and nothing to release.
let noPorts = BerthError(
    .failedPrecondition, "a container on the host's network cannot publish ports: its ports are the host's already",
    hint: "leave -p away, or use --network bridge")

let plugin = Plugin(
    name: "host", version: "0.1.0", kinds: [.network], capabilities: ["hostNamespace", "stateless"]
) { _ in () }
plugin.on(NetworkDriverCreate.self) { _, request, _ in
    guard request.subnet == nil, request.gateway == nil, request.ipRange == nil, !request.isInternal else {
        throw BerthError(.invalidArgument, "the host's network has the host's addresses, and a way out")
    }
    return NetworkDriverCreate.Result()
}
plugin.on(NetworkDriverDelete.self) { _, _, _ in Empty() }
plugin.on(NetworkAttach.self) { _, request, _ in
    guard request.endpoint.ports.isEmpty else { throw noPorts }
    guard request.endpoint.address == nil, request.endpoint.macAddress == nil else {
        throw BerthError(.invalidArgument, "a container on the host's network has the host's addresses")
    }
    return NetworkAttach.Result()
}
plugin.on(NetworkDetach.self) { _, _, _ in Empty() }
plugin.on(NetworkPublish.self) { _, _, _ in throw noPorts }
plugin.on(NetworkUnpublish.self) { _, _, _ in Empty() }
plugin.on(NetworkDriverInspect.self) { _, request, _ in NetworkDriverState(id: request.id) }
plugin.on(NetworkDriverList.self) { _, _, _ in [] }
plugin.on(NetworkReconcile.self) { _, _, _ in
    NetworkReconcile.Result(removedNetworks: [], removedEndpoints: [], missingEndpoints: [])
}
plugin.run()

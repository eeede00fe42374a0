import BerthAPI
import JSONRPC
import PluginKit

// The network driver `none`: a namespace of its own with nothing but loopback.
let plugin = Plugin(name: "none", version: "0.1.0", kinds: [.network], capabilities: ["stateless"]) { _ in
    try Isolation()
}
plugin.on(NetworkDriverCreate.self) { _, request, _ in
    guard request.subnet == nil, request.gateway == nil, request.ipRange == nil else {
        throw BerthError(.invalidArgument, "networks of the driver none have no addresses")
    }
    return NetworkDriverCreate.Result()
}
plugin.on(NetworkDriverDelete.self) { _, _, _ in Empty() }
plugin.on(NetworkAttach.self) { isolation, request, context in
    try isolation.attach(request, sandbox: context.takeDescriptor())
}
plugin.on(NetworkDetach.self) { _, _, _ in Empty() }
plugin.on(NetworkPublish.self) { _, _, _ in throw Isolation.noPorts }
plugin.on(NetworkUnpublish.self) { _, _, _ in Empty() }
plugin.on(NetworkDriverInspect.self) { _, request, _ in NetworkDriverState(id: request.id) }
plugin.on(NetworkDriverList.self) { _, _, _ in [] }
plugin.on(NetworkReconcile.self) { _, _, _ in
    NetworkReconcile.Result(removedNetworks: [], removedEndpoints: [], missingEndpoints: [])
}
plugin.run()

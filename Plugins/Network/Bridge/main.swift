import BerthAPI
import BridgeNetworking
import JSONRPC
import PluginKit

// The network driver `bridge`: a Linux bridge for each network, a veth pair for each endpoint, one nftables table.
let plugin = Plugin(name: "bridge", version: "0.1.0", kinds: [.network], capabilities: ["publish"]) { environment in
    try BridgeDriver(environment)
}
plugin.on(NetworkDriverCreate.self) { driver, request, _ in try driver.create(request) }
plugin.on(NetworkDriverDelete.self) { driver, request, _ in
    try driver.delete(request)
    return Empty()
}
plugin.on(NetworkAttach.self) { driver, request, context in
    try driver.attach(request, sandbox: context.takeDescriptor())
}
plugin.on(NetworkDetach.self) { driver, request, _ in
    try driver.detach(request)
    return Empty()
}
plugin.on(NetworkPublish.self) { driver, request, _ in try driver.publish(request) }
plugin.on(NetworkUnpublish.self) { driver, request, _ in
    try driver.unpublish(request)
    return Empty()
}
plugin.on(NetworkDriverInspect.self) { driver, request, _ in try driver.inspect(request) }
plugin.on(NetworkDriverList.self) { driver, _, _ in try driver.list() }
plugin.on(NetworkReconcile.self) { driver, request, _ in try driver.reconcile(request) }
plugin.onStats { $0.stats() }
plugin.onStop { $0.close() }
plugin.run()

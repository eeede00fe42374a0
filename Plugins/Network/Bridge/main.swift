import BerthAPI
import BridgeNetworking
import PluginKit

// The network driver `bridge`: a Linux bridge for each network, a veth pair for each endpoint, one nftables table.
let plugin = Plugin(name: "bridge", version: "0.1.0", kinds: [.network], capabilities: ["publish"]) { environment in
    try BridgeDriver(environment)
}
plugin.serveNetwork()
plugin.onStats { $0.stats() }
plugin.onStop { $0.close() }
plugin.run()

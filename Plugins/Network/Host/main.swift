import BerthAPI
import PluginKit

// The network driver `host`: its capability tells the core to make no namespace for the container.
let plugin = Plugin(
    name: "host", version: "0.1.0", kinds: [.network], capabilities: ["hostNamespace", "stateless"]
) { _ in HostNetwork() }
plugin.serveNetwork()
plugin.run()

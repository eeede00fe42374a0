import BerthAPI
import PluginKit

// The network driver `none`: a namespace of its own with nothing but loopback.
let plugin = Plugin(name: "none", version: "0.1.0", kinds: [.network], capabilities: ["stateless"]) { _ in
    Isolation()
}
plugin.serveNetwork()
plugin.run()

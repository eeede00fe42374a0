import BerthAPI
import PluginKit

// The network driver `skeleton`: a sandbox with nothing but loopback. `stateless` says that it keeps nothing.
let plugin = Plugin(name: "skeleton", version: "0.1.0", kinds: [.network], capabilities: ["stateless"]) { _ in
    Networks()
}
plugin.serveNetwork()
plugin.run()

import BerthAPI
import PluginKit

// The registry backend `skeleton`: a folder for each repository.
let plugin = Plugin(name: "skeleton", version: "0.1.0", kinds: [.registry], capabilities: ["push"]) { environment in
    try Registry(root: environment.stateDirectory)
}
plugin.serveRegistry()
plugin.run()

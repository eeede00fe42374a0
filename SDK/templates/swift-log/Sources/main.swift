import BerthAPI
import PluginKit

// The log driver `skeleton`: what containers wrote, as it came.
let plugin = Plugin(name: "skeleton", version: "0.1.0", kinds: [.log]) { environment in
    try Logs(root: environment.stateDirectory)
}
plugin.serveLog()
plugin.run()

import BerthAPI
import JSON
import PluginKit

// The log driver `json-file`: docker's JSON lines, one folder for each container.
let plugin = Plugin(name: "json-file", version: "0.1.0", kinds: [.log]) { environment in
    try JSONFileDriver(root: environment.stateDirectory)
}
plugin.serveLog()
plugin.onStats { $0.stats() }
plugin.onPing { $0.isIdle }
plugin.run()

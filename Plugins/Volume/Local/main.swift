import BerthAPI
import JSON
import PluginKit

// The volume driver `local`: a folder for each volume.
let plugin = Plugin(name: "local", version: "0.1.0", kinds: [.volume]) { environment in
    try LocalVolumes(root: environment.stateDirectory)
}
plugin.serveVolume()
plugin.onStats { JSON.object([("volumes", JSON($0.count))]) }
plugin.run()

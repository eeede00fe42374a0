import BerthAPI
import PluginKit

// The volume driver `skeleton`: a folder for each volume.
let plugin = Plugin(name: "skeleton", version: "0.1.0", kinds: [.volume]) { environment in
    try Volumes(root: environment.stateDirectory)
}
plugin.serveVolume()
plugin.run()

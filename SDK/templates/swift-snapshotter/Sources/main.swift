import BerthAPI
import PluginKit

// The snapshotter and differ `skeleton`: each snapshot is a whole copy of its parent.
let plugin = Plugin(name: "skeleton", version: "0.1.0", kinds: [.snapshotter, .differ]) { environment in
    try Snapshots(root: environment.stateDirectory)
}
plugin.serveSnapshotter()
plugin.serveDiffer()
plugin.run()

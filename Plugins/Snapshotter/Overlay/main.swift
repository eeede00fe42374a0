import BerthAPI
import JSON
import PluginKit

// The snapshotter and differ `overlay`: a folder for each snapshot, stacked by the kernel's overlay file system where
// the container is.
let plugin = Plugin(
    name: "overlay", version: "0.1.0", kinds: [.snapshotter, .differ], capabilities: ["rebase", "diff"]
) { environment in
    try OverlaySnapshotter(
        root: environment.stateDirectory,
        configuration: try environment.configuration.decode(OverlayConfiguration.self))
}
plugin.serveSnapshotter()
plugin.serveDiffer()
plugin.serveDiffs()
plugin.onStats { $0.stats() }
plugin.run()

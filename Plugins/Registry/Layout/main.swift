import BerthAPI
import JSON
import PluginKit

// The registry `layout`: a folder for each repository, each an OCI image layout.
let plugin = Plugin(name: "layout", version: "0.1.0", kinds: [.registry], capabilities: ["push"]) { environment in
    let path = environment.configuration["path"]?.string ?? environment.stateDirectory + "/registry"
    guard path.hasPrefix("/") else {
        throw BerthError(.invalidArgument, "configuration of layout: path: an absolute path expected, not \(path)")
    }
    return try LayoutRegistry(path: path)
}
plugin.serveRegistry()
plugin.run()

import BerthAPI
import DistributionClient
import PluginKit

// The registry `distribution`: the OCI distribution-spec over HTTP.
let plugin = Plugin(name: "distribution", version: "0.1.0", kinds: [.registry], capabilities: ["push"]) { environment in
    try DistributionRegistry(configuration: environment.configuration)
}
plugin.serveRegistry()
plugin.run()

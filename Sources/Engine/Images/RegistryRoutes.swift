import BerthAPI

/// Which registry plugins serve a domain, in the order in which they are asked. The plugins' manifests say it.
struct RegistryRoutes: Sendable {
    private var routes: [(plugin: String, route: PluginManifest.Route)]

    init(manifests: [String: PluginManifest]) {
        routes = manifests.values.filter { $0.kinds.contains(.registry) }
            .flatMap { manifest in (manifest.routes ?? []).map { (manifest.name, $0) } }
            .sorted { ($0.1.priority, $0.0) < ($1.1.priority, $1.0) }
    }

    /// - Throws: `failedPrecondition` when no plugin serves the domain.
    func plugins(for domain: String) throws -> [String] {
        var found: [String] = []
        for (plugin, route) in routes where route.match == "*" || route.match == domain {
            if !found.contains(plugin) { found.append(plugin) }
        }
        guard !found.isEmpty else {
            throw BerthError(
                .failedPrecondition, "no registry plugin serves \(domain)", object: "registry \(domain)",
                hint: "see berth plugin ls")
        }
        return found
    }
}

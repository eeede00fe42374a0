import BerthAPI

/// Which registry plugins serve a domain, in the order in which they are asked. The plugins' manifests say it.
struct RegistryRoutes: Sendable {
    private let current: @Sendable () -> [String: PluginManifest]

    /// - Parameter manifests: of the plugins that can be used now, by logical name.
    init(manifests: @escaping @Sendable () -> [String: PluginManifest]) { current = manifests }

    /// - Throws: `failedPrecondition` when no plugin serves the domain.
    func plugins(for domain: String) throws -> [String] {
        let routes = current().filter { $0.value.kinds.contains(.registry) }
            .flatMap { name, manifest in (manifest.routes ?? []).map { (plugin: name, route: $0) } }
            .filter { $0.route.match == "*" || $0.route.match == domain }
            .sorted { ($0.route.priority, $0.plugin) < ($1.route.priority, $1.plugin) }
        var found: [String] = []
        for route in routes where !found.contains(route.plugin) { found.append(route.plugin) }
        guard !found.isEmpty else {
            throw BerthError(
                .failedPrecondition, "no registry plugin serves \(domain)", object: "registry \(domain)",
                hint: "see berth plugin ls")
        }
        return found
    }
}

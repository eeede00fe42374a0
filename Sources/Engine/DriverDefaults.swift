import BerthAPI

/// Which driver an object gets when a request names none: the configuration's choice, else the plugin whose manifest
/// claims the kind, else the only one of the kind.
struct DriverDefaults: Sendable {
    private let chosen: [PluginKind: String]
    private let manifests: [String: PluginManifest]

    init(_ configuration: EngineConfiguration, manifests: [String: PluginManifest]) {
        self.chosen = configuration.defaults
        self.manifests = manifests
    }

    /// - Throws: `failedPrecondition` when there is no such plugin to choose.
    func driver(_ kind: PluginKind, requested: String? = nil) throws -> String {
        if let requested, !requested.isEmpty {
            guard let manifest = manifests[requested], manifest.kinds.contains(kind) else {
                throw BerthError(
                    .invalidArgument, "there is no \(kind) plugin \"\(requested)\"", object: "plugin \(requested)",
                    hint: "plugins of this kind: \(names(of: kind).joined(separator: ", "))")
            }
            return requested
        }
        if let name = chosen[kind] { return name }
        let candidates = names(of: kind)
        if let name = candidates.first(where: { manifests[$0]?.defaultFor?.contains(kind) == true }) { return name }
        guard candidates.count == 1 else {
            throw BerthError(
                .failedPrecondition, "no default \(kind) plugin is configured", hint: "see berth plugin ls")
        }
        return candidates[0]
    }

    /// Networks that exist from the start: name and driver.
    var predefinedNetworks: [(name: String, driver: String)] {
        names(of: .network).flatMap { driver in (manifests[driver]?.networks ?? []).map { ($0, driver) } }
    }

    private func names(of kind: PluginKind) -> [String] {
        manifests.values.filter { $0.kinds.contains(kind) }.map(\.name).sorted()
    }
}

import BerthAPI

/// Which driver an object gets when a request names none: the configuration's choice, else the plugin whose manifest
/// claims the kind, else the only one of the kind.
struct DriverDefaults: Sendable {
    private let chosen: [PluginKind: String]
    private let current: @Sendable () -> [String: PluginManifest]

    /// - Parameter manifests: of the plugins that can be used now, by logical name.
    init(_ configuration: EngineConfiguration, manifests: @escaping @Sendable () -> [String: PluginManifest]) {
        chosen = configuration.defaults
        current = manifests
    }

    /// - Throws: `failedPrecondition` when there is no such plugin to choose.
    func driver(_ kind: PluginKind, requested: String? = nil) throws -> String {
        let manifests = current()
        if let requested, !requested.isEmpty {
            guard let manifest = manifests[requested], manifest.kinds.contains(kind) else {
                throw BerthError(
                    .invalidArgument, "there is no \(kind) plugin \"\(requested)\"", object: "plugin \(requested)",
                    hint: "plugins of this kind: \(Self.names(of: kind, in: manifests).joined(separator: ", "))")
            }
            return requested
        }
        if let name = chosen[kind] { return name }
        let candidates = Self.names(of: kind, in: manifests)
        if let name = candidates.first(where: { manifests[$0]?.defaultFor?.contains(kind) == true }) { return name }
        guard candidates.count == 1 else {
            throw BerthError(
                .failedPrecondition, "no default \(kind) plugin is configured", hint: "see berth plugin ls")
        }
        return candidates[0]
    }

    /// Networks that exist from the start: name and driver. A plugin's further instances bring none.
    var predefinedNetworks: [(name: String, driver: String)] {
        let manifests = current()
        return Self.names(of: .network, in: manifests).flatMap { driver -> [(name: String, driver: String)] in
            guard let manifest = manifests[driver], manifest.name == driver else { return [] }
            return (manifest.networks ?? []).map { ($0, driver) }
        }
    }

    private static func names(of kind: PluginKind, in manifests: [String: PluginManifest]) -> [String] {
        manifests.filter { $0.value.kinds.contains(kind) }.keys.sorted()
    }
}

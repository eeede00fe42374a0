import BerthAPI
import Confinement
import JSON

/// The state and run directories that a process gets.
typealias PluginDirectories = (state: String, run: String)

/// What runs under a logical name: a package with its configuration.
struct PluginDefinition: Sendable {
    var package: PluginPackage
    var configuration: JSON
    var failurePolicy: PluginManifest.FailurePolicy

    init(package: PluginPackage, configuration: JSON, failurePolicy: PluginManifest.FailurePolicy? = nil) {
        self.package = package
        self.configuration = configuration
        self.failurePolicy = failurePolicy ?? package.manifest.failurePolicy
    }

    var manifest: PluginManifest { package.manifest }

    /// What a process of it is to be held in with.
    func confined(_ name: String, _ directories: PluginDirectories) -> ConfinedPlugin {
        ConfinedPlugin(
            name: name, privileges: manifest.privileges, configuration: configuration,
            package: [package.folder] + [package.linkedExecutable].compactMap { $0 }, state: directories.state,
            run: directories.run)
    }

    /// - Throws: `invalidArgument` for a configuration that the manifest does not allow, `failedPrecondition` for a state
    ///   that the package does not read.
    func check(stateVersion: Int?) throws {
        try ConfigurationSchema.validate(configuration, against: manifest.configuration)
        let state = manifest.stateFormat
        guard let stateVersion, !(state.reads...state.version).contains(stateVersion) else { return }
        throw BerthError(
            .failedPrecondition,
            "\(manifest.name) \(manifest.version) reads state of format \(state.reads) to \(state.version), "
                + "what is there has format \(stateVersion)",
            hint: "install a version that reads it")
    }
}

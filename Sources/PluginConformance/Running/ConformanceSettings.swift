import Confinement
import JSON

/// What a plugin under test is given, and how patient the checks are.
public struct ConformanceSettings: Sendable {
    /// Of the plugin, as the supervisor would hand it over.
    public var configuration: JSON = [:]
    /// For each answer.
    public var timeout: Duration = .seconds(10)
    /// Where scratch folders are made: absolute.
    public var scratch = "/tmp"
    /// The domain of a registry that a registry plugin can push to.
    public var registryDomain: String?

    /// How plugins with a manifest are held in; nil to run them as this process runs. Needs root.
    public var confinement: ConfinementSettings?

    public var interruption = Interruption()

    public init() {}
}

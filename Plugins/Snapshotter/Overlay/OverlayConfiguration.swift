import Archive
import Layers

/// The plugin's configuration; plugin.json has its schema.
struct OverlayConfiguration: Codable, Sendable {
    var layerEntries: Int?
    var layerBytes: Int64?
    var syncOnCommit: Bool?

    var limits: LayerLimits {
        var limits = LayerLimits()
        limits.entries = layerEntries ?? limits.entries
        limits.unpackedSize = layerBytes ?? limits.unpackedSize
        return limits
    }
}

import BerthAPI
import JSON

/// A line of `volume ls`.
struct VolumeRow: Listable {
    var volume: VolumeInfo

    static var fields: [ListField<VolumeRow>] {
        [
            ListField("Driver", "DRIVER") { row, _ in row.volume.driver },
            ListField("Name", "VOLUME NAME") { row, _ in row.volume.name },
            ListField("Mountpoint", "MOUNTPOINT") { row, _ in row.volume.mountpoint },
            ListField("Scope", "SCOPE") { _, _ in "local" },
            ListField("Labels", "LABELS") { row, _ in Labels.text(row.volume.labels) },
        ]
    }

    static func columns(_ style: ListStyle) -> [String] { ["Driver", "Name"] }

    func quietValue(_ style: ListStyle) -> String { volume.name }

    func method(_ name: String, _ arguments: [JSON]) throws -> JSON? {
        guard name == "Label" else { return nil }
        return JSON(volume.labels[arguments.first?.string ?? ""] ?? "")
    }
}

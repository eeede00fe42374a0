import BerthAPI
import JSON

/// A line of `network ls`.
struct NetworkRow: Listable {
    var network: NetworkInfo

    static var fields: [ListField<NetworkRow>] {
        [
            ListField("ID", "NETWORK ID") { ShortID.text($0.network.id, noTrunc: $1.noTrunc) },
            ListField("Name", "NAME") { row, _ in row.network.name },
            ListField("Driver", "DRIVER") { row, _ in row.network.driver },
            ListField("Scope", "SCOPE") { _, _ in "local" },
            ListField("CreatedAt", "CREATED AT") { row, _ in LocalTime.format(row.network.createdAt) },
            ListField("Internal", "INTERNAL") { row, _ in "\(row.network.isInternal)" },
            ListField("IPv6", "IPV6") { row, _ in "\(row.network.subnet?.contains(":") ?? false)" },
            ListField("Labels", "LABELS") { row, _ in Labels.text(row.network.labels) },
        ]
    }

    static func columns(_ style: ListStyle) -> [String] { ["ID", "Name", "Driver", "Scope"] }

    func quietValue(_ style: ListStyle) -> String { ShortID.text(network.id, noTrunc: style.noTrunc) }

    func method(_ name: String, _ arguments: [JSON]) throws -> JSON? {
        guard name == "Label" else { return nil }
        return JSON(network.labels[arguments.first?.string ?? ""] ?? "")
    }
}

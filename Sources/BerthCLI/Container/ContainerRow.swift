import BerthAPI
import JSON

/// A line of `ps`.
struct ContainerRow: Listable {
    var container: ContainerSummary

    static var fields: [ListField<ContainerRow>] {
        [
            ListField("ID", "CONTAINER ID") { ShortID.text($0.container.id, noTrunc: $1.noTrunc) },
            ListField("Image", "IMAGE") { $0.image($1) },
            ListField("Command", "COMMAND") { $0.command($1) },
            ListField("RunningFor", "CREATED") { HumanTime.ago($0.container.createdAt, now: $1.now) },
            ListField("Status", "STATUS") { $0.container.state.text(now: $1.now) },
            ListField("Ports", "PORTS") { row, _ in
                PortColumn.text(
                    row.container.ports,
                    exposed: row.container.state.status == .running ? row.container.exposedPorts : [])
            },
            ListField("Names", "NAMES") { row, _ in row.container.name },
            ListField("Size", "SIZE") { row, _ in row.size },
            ListField("CreatedAt", "CREATED AT") { row, _ in LocalTime.format(row.container.createdAt) },
            ListField("State", "STATE") { row, _ in row.container.state.status.rawValue },
            ListField("Labels", "LABELS") { row, _ in Labels.text(row.container.labels) },
            ListField("LocalVolumes", "LOCAL VOLUMES") { row, _ in
                "\(row.container.mounts.filter { $0.kind == .volume && $0.driver == "local" }.count)"
            },
            ListField("Mounts", "MOUNTS") { $0.mounts($1) },
            ListField("Networks", "NETWORKS") { row, _ in row.container.networks.joined(separator: ",") },
        ]
    }

    static func columns(_ style: ListStyle) -> [String] {
        ["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names"]
    }

    func quietValue(_ style: ListStyle) -> String { ShortID.text(container.id, noTrunc: style.noTrunc) }

    func method(_ name: String, _ arguments: [JSON]) throws -> JSON? {
        guard name == "Label" else { return nil }
        return JSON(container.labels[arguments.first?.string ?? ""] ?? "")
    }

    private func image(_ style: ListStyle) -> String {
        let image = container.image
        let isDigest = image.hasPrefix("sha256:")
        return isDigest && !style.noTrunc ? ShortID.text(image) : image
    }

    private func command(_ style: ListStyle) -> String {
        let text = container.arguments.joined(separator: " ")
        return JSON(style.noTrunc ? text : ShortID.ellipsis(text, 20)).description
    }

    private func mounts(_ style: ListStyle) -> String {
        container.mounts.map { mount in
            let name = mount.name ?? mount.source
            return style.noTrunc ? name : ShortID.ellipsis(name, 15)
        }.joined(separator: ",")
    }

    private var size: String {
        let text = HumanSize.decimal(container.writableSize ?? 0)
        guard let all = container.rootfsSize, all > 0 else { return text }
        return "\(text) (virtual \(HumanSize.decimal(all)))"
    }
}

/// The same with sizes, which the daemon only finds out when it is asked.
struct SizedContainerRow: Listable {
    var row: ContainerRow

    static var fields: [ListField<SizedContainerRow>] {
        ContainerRow.fields.map { field in ListField(field.name, field.header) { field.value($0.row, $1) } }
    }

    static func columns(_ style: ListStyle) -> [String] { ContainerRow.columns(style) + ["Size"] }

    func quietValue(_ style: ListStyle) -> String { row.quietValue(style) }

    func method(_ name: String, _ arguments: [JSON]) throws -> JSON? { try row.method(name, arguments) }
}

enum Labels {
    static func text(_ labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
    }
}

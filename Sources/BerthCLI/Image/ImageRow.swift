import BerthAPI
import JSON

/// A line of `images`: one of an image's references, or the image without one.
struct ImageRow: Listable {
    private static let none = "<none>"

    var image: ImageSummary
    var repository: String
    var tag: String
    var digest: String

    /// The rows of an image.
    static func rows(_ image: ImageSummary) -> [ImageRow] {
        func row(_ repository: String, _ tag: String) -> ImageRow {
            let digest = image.digests.first { $0.splitOnce("@").0 == repository }?.splitOnce("@").1
            return ImageRow(
                image: image, repository: repository, tag: tag, digest: digest ?? none)
        }
        if image.references.isEmpty {
            return [row(image.digests.first?.splitOnce("@").0 ?? none, none)]
        }
        return image.references.map { reference in
            let slash = reference.lastIndex(of: "/") ?? reference.startIndex
            guard let colon = reference[slash...].lastIndex(of: ":") else { return row(reference, none) }
            return row(String(reference[..<colon]), String(reference[reference.index(after: colon)...]))
        }
    }

    static var fields: [ListField<ImageRow>] {
        [
            ListField("Repository", "REPOSITORY") { row, _ in row.repository },
            ListField("Tag", "TAG") { row, _ in row.tag },
            ListField("Digest", "DIGEST") { row, _ in row.digest },
            ListField("ID", "IMAGE ID") { ShortID.text($0.image.id, noTrunc: $1.noTrunc) },
            ListField("CreatedSince", "CREATED") { row, style in
                row.image.createdAt.map { HumanTime.ago($0, now: style.now) } ?? "N/A"
            },
            ListField("Size", "SIZE") { row, _ in HumanSize.decimal(row.image.size) },
            ListField("CreatedAt", "CREATED AT") { row, _ in row.image.createdAt.map(LocalTime.format) ?? "N/A" },
            ListField("Containers", "CONTAINERS") { row, _ in "\(row.image.containers)" },
        ]
    }

    static func columns(_ style: ListStyle) -> [String] { ["Repository", "Tag", "ID", "CreatedSince", "Size"] }

    func quietValue(_ style: ListStyle) -> String { ShortID.text(image.id, noTrunc: style.noTrunc) }
}

/// The same with the digest's column.
struct DigestImageRow: Listable {
    var row: ImageRow

    static var fields: [ListField<DigestImageRow>] {
        ImageRow.fields.map { field in ListField(field.name, field.header) { field.value($0.row, $1) } }
    }

    static func columns(_ style: ListStyle) -> [String] {
        ["Repository", "Tag", "Digest", "ID", "CreatedSince", "Size"]
    }

    func quietValue(_ style: ListStyle) -> String { row.quietValue(style) }
}

import BerthAPI
import JSON

/// How a list is to be shown.
public struct ListStyle {
    /// `table`, `table TEMPLATE`, `json` or a template; nil for the noun's own table.
    public var format: String?
    public var quiet = false
    public var noTrunc = false
    public var now: Timestamp
    public init(format: String? = nil, quiet: Bool = false, noTrunc: Bool = false, now: Timestamp) {
        self.format = format
        self.quiet = quiet
        self.noTrunc = noTrunc
        self.now = now
    }
}

/// One thing that can be said of a row: its name in templates, its heading, its value.
public struct ListField<Row> {
    var name: String
    var header: String
    var value: (Row, ListStyle) -> String
    init(_ name: String, _ header: String, _ value: @escaping (Row, ListStyle) -> String) {
        self.name = name
        self.header = header
        self.value = value
    }
}

/// Whatever can be listed.
public protocol Listable {
    /// Everything that templates and JSON may show.
    static var fields: [ListField<Self>] { get }
    /// Names of the fields of the table that is shown unless another format is asked for.
    static func columns(_ style: ListStyle) -> [String]
    /// What `--quiet` prints.
    func quietValue(_ style: ListStyle) -> String
    /// Fields of templates that take an argument: `{{.Label "name"}}`.
    func method(_ name: String, _ arguments: [JSON]) throws -> JSON?
}

extension Listable {
    public func method(_ name: String, _ arguments: [JSON]) throws -> JSON? { nil }
}

/// The one renderer of lists: table, JSON, template and quiet.
public enum Listing {
    public static func render<Row: Listable>(_ rows: [Row], _ style: ListStyle) throws -> String {
        guard let format = style.format, format != "table" else {
            if style.quiet { return rows.map { $0.quietValue(style) + "\n" }.joined() }
            return table(rows, style)
        }
        if format == "json" {
            return rows.map { ListRecord(row: $0, style: style).json.description + "\n" }.joined()
        }
        let unescaped = unescape(format)
        if unescaped.hasPrefix("table ") { return try table(rows, style, String(unescaped.dropFirst(6))) }
        let template = try Template(unescaped)
        return try rows.map { try template.render(ListRecord(row: $0, style: style)) + "\n" }.joined()
    }

    private static func table<Row: Listable>(_ rows: [Row], _ style: ListStyle) -> String {
        var fields: [ListField<Row>] = []
        for name in Row.columns(style) { fields += Row.fields.filter { $0.name == name } }
        var writer = TableWriter()
        writer.add(fields.map(\.header))
        for row in rows { writer.add(fields.map { $0.value(row, style) }) }
        return writer.render()
    }

    private static func table<Row: Listable>(_ rows: [Row], _ style: ListStyle, _ text: String) throws -> String {
        let template = try Template(text)
        var writer = TableWriter()
        writer.add(try template.render(HeaderRecord<Row>()))
        for row in rows { writer.add(try template.render(ListRecord(row: row, style: style))) }
        return writer.render()
    }

    /// `\t` and `\n` as a shell hands them over.
    private static func unescape(_ format: String) -> String {
        var result = ""
        var escaped = false
        for character in format {
            switch (escaped, character) {
            case (false, "\\"): escaped = true
            case (true, "t"): (result, escaped) = (result + "\t", false)
            case (true, "n"): (result, escaped) = (result + "\n", false)
            case (true, _): (result, escaped) = (result + "\\" + String(character), false)
            default: result.append(character)
            }
        }
        return escaped ? result + "\\" : result
    }
}

/// A row as a template sees it.
struct ListRecord<Row: Listable>: TemplateRecord {
    var row: Row
    var style: ListStyle

    func field(_ name: String, _ arguments: [JSON]) throws -> JSON? {
        if let field = Row.fields.first(where: { $0.name == name }) { return JSON(field.value(row, style)) }
        return try row.method(name, arguments)
    }

    var json: JSON { .object(Row.fields.sorted { $0.name < $1.name }.map { ($0.name, JSON($0.value(row, style))) }) }
}

/// The headings, for the first line of `table TEMPLATE`.
struct HeaderRecord<Row: Listable>: TemplateRecord {
    func field(_ name: String, _ arguments: [JSON]) throws -> JSON? {
        if let label = arguments.first?.string { return JSON(label) }
        return Row.fields.first { $0.name == name }.map { JSON($0.header) }
    }

    var json: JSON { .object(Row.fields.map { ($0.name, JSON($0.header)) }) }
}

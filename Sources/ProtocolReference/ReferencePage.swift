import JSON
import JSONRPC

/// One page of Docs/protocol: the methods of a service of the public API, or of a kind of plugin.
public struct ReferencePage: Sendable {
    /// A request and its answer, as they went over the wire.
    public struct Example: Sendable {
        public var request: JSON
        public var answer: JSON

        public init(request: JSON, answer: JSON) {
            self.request = request
            self.answer = answer
        }
    }

    private static let remark =
        "<!-- Made from the types by ProtocolTests: BERTH_REWRITE=1 writes it again. Do not edit. -->"

    private let title: String
    private let introduction: String
    private let methods: [MethodDescription]
    private let isPublic: Bool
    private let examples: [String: Example]
    private let schemas: SchemaRows

    /// - Parameters:
    ///   - isPublic: of the daemon's API, not of its plugins'.
    ///   - comments: of every type of the methods.
    public init(
        title: String, introduction: String, methods: [MethodDescription], comments: DocComments,
        isPublic: Bool = false, examples: [String: Example] = [:]
    ) {
        schemas = SchemaRows(comments)
        self.isPublic = isPublic
        self.title = title
        self.introduction = introduction
        self.methods = methods
        self.examples = examples
    }

    /// In Markdown.
    public var text: String {
        let contents = methods.map { "| [`\($0.name)`](#\(Self.anchor($0.name))) | \($0.summary) |" }
        let head = [Self.remark, "", "# \(title)", "", introduction, "", "| method | |", "| --- | --- |"] + contents
        return (head + methods.flatMap(section)).joined(separator: "\n") + "\n"
    }

    /// GitHub's: lower case, without dots.
    private static func anchor(_ name: String) -> String { name.lowercased().filter { $0 != "." && $0 != "/" } }

    private func section(_ method: MethodDescription) -> [String] {
        let notes = MethodNotes.of(method.name, isPublic: isPublic)
        var lines = ["", "## \(method.name)", "", "\(method.summary)."]
        lines += table("parameter", method.params)
        lines += result(method.result)
        if let text = notes.descriptors { lines += ["", "Descriptor beside \(text)."] }
        if let text = notes.progress { lines += ["", "Progress: \(text)."] }
        if !notes.errors.isEmpty {
            lines += ["", "| error | when |", "| --- | --- |"]
            lines += notes.errors.map { "| `\($0.kind)` | \(Self.cell($0.meaning)) |" }
        }
        if let example = examples[method.name] {
            lines += ["", "```json", example.request.description, example.answer.description, "```"]
        }
        return lines
    }

    private func result(_ schema: JSON) -> [String] {
        if schema["type"]?.string == "array", let items = schema["items"] {
            let type = SchemaRows.type(of: schema)
            return ["", "The result is a \(type). Each has:"] + table("member", items)
        }
        if schema["properties"] == nil {
            let type = SchemaRows.type(of: schema)
            return ["", type == "object" ? "The result is an empty object." : "The result is \(type)."]
        }
        return table("result", schema)
    }

    private func table(_ heading: String, _ schema: JSON) -> [String] {
        let rows = schemas.rows(of: schema)
        guard !rows.isEmpty else { return [] }
        return ["", "| \(heading) | type | required | meaning |", "| --- | --- | --- | --- |"]
            + rows.map { "| `\($0.path)` | \($0.type) | \($0.isRequired ? "yes" : "") | \(Self.cell($0.meaning)) |" }
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}

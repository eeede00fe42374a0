import JSON

/// A JSON Schema as rows of a table: nested members by their path.
public struct SchemaRows: Sendable {
    public struct Row: Hashable, Sendable {
        /// `config.mounts[].source`.
        public var path: String
        public var type: String
        public var isRequired: Bool
        /// Empty where the member has no doc comment.
        public var meaning: String
    }

    private let comments: DocComments

    public init(_ comments: DocComments) {
        self.comments = comments
    }

    public func rows(of schema: JSON) -> [Row] { rows(of: schema, below: "") }

    /// In one word, or a few: `string`, `list of integer`, `map of string`.
    static func type(of schema: JSON) -> String {
        if let values = schema["enum"]?.array {
            return values.compactMap(\.string).map { "`\($0)`" }.joined(separator: ", ")
        }
        if schema["format"]?.string == "date-time" { return "time (RFC 3339)" }
        switch schema["type"]?.string {
        case "array": return "list of \(type(of: schema["items"] ?? [:]))"
        case "object":
            guard let values = schema["additionalProperties"] else { return "object" }
            return "map of \(type(of: values))"
        case .some(let type): return type
        case nil: return schema["title"]?.string ?? "any JSON"
        }
    }

    private func rows(of schema: JSON, below prefix: String) -> [Row] {
        let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
        return (schema["properties"]?.object ?? []).flatMap { name, member -> [Row] in
            let path = prefix + name
            let row = Row(
                path: path, type: Self.type(of: member), isRequired: required.contains(name),
                meaning: comments.meaning(of: name, in: schema["title"]?.string ?? "") ?? "")
            return [row] + nested(member, path)
        }
    }

    private func nested(_ schema: JSON, _ path: String) -> [Row] {
        if let items = schema["items"] { return nested(items, "\(path)[]") }
        if let values = schema["additionalProperties"] { return nested(values, "\(path).*") }
        return rows(of: schema, below: "\(path).")
    }
}

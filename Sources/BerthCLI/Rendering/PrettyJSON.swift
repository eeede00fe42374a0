import JSON

/// JSON for people as docker's `inspect` prints it: four spaces, one member a line, empty ones together.
enum PrettyJSON {
    static func text(_ value: JSON) -> String {
        var text = ""
        write(value, indent: "", into: &text)
        return text
    }

    private static func write(_ value: JSON, indent: String, into text: inout String) {
        let inner = indent + "    "
        if let members = value.object {
            guard !members.isEmpty else { return text += "{}" }
            text += "{\n"
            for (index, member) in members.enumerated() {
                text += inner + JSON(member.key).description + ": "
                write(member.value, indent: inner, into: &text)
                text += index == members.count - 1 ? "\n" : ",\n"
            }
            text += indent + "}"
        } else if let elements = value.array {
            guard !elements.isEmpty else { return text += "[]" }
            text += "[\n"
            for (index, element) in elements.enumerated() {
                text += inner
                write(element, indent: inner, into: &text)
                text += index == elements.count - 1 ? "\n" : ",\n"
            }
            text += indent + "]"
        } else {
            text += value.description
        }
    }
}

extension JSON {
    static func list(_ values: [String]?) -> JSON { values.map { .array($0.map { JSON($0) }) } ?? .null }

    /// Members ordered by key.
    static func map(_ values: [String: String]?) -> JSON {
        values.map { .object($0.sorted { $0.key < $1.key }.map { ($0.key, JSON($0.value)) }) } ?? .null
    }
}

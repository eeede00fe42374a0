/// One record of comma-separated values (RFC 4180): fields may stand in quotes, where a quote is written twice.
enum CSV {
    static func fields(_ text: String) throws(InvalidInput) -> [String] {
        var fields: [String] = []
        var field = ""
        var position = text.startIndex
        while true {
            if position < text.endIndex, text[position] == "\"" {
                field = try quoted(text, &position)
            } else {
                let end = text[position...].firstIndex(of: ",") ?? text.endIndex
                field = String(text[position..<end])
                position = end
                guard !field.contains("\"") else { throw InvalidInput("bare \" in non-quoted field") }
            }
            fields.append(field)
            guard position < text.endIndex else { return fields }
            guard text[position] == "," else { throw InvalidInput("extraneous or missing \" in quoted field") }
            position = text.index(after: position)
        }
    }

    private static func quoted(_ text: String, _ position: inout String.Index) throws(InvalidInput) -> String {
        var field = ""
        position = text.index(after: position)
        while position < text.endIndex {
            let character = text[position]
            position = text.index(after: position)
            guard character == "\"" else {
                field.append(character)
                continue
            }
            guard position < text.endIndex, text[position] == "\"" else { return field }
            field.append("\"")
            position = text.index(after: position)
        }
        throw InvalidInput("extraneous or missing \" in quoted field")
    }
}

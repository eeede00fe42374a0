/// An option of the command line: its names, and what help says about it.
struct Option: Sendable {
    var long: String
    var short: Character?
    /// What stands for the value in help; nil for a switch.
    var value: String?
    var help: String

    var takesValue: Bool { value != nil }

    static func flag(_ long: String, _ short: Character, _ help: String) -> Option {
        Option(long: long, short: short, value: nil, help: help)
    }

    static func flag(_ long: String, _ help: String) -> Option {
        Option(long: long, short: nil, value: nil, help: help)
    }

    static func value(_ long: String, _ short: Character, _ value: String, _ help: String) -> Option {
        Option(long: long, short: short, value: value, help: help)
    }

    static func value(_ long: String, _ value: String, _ help: String) -> Option {
        Option(long: long, short: nil, value: value, help: help)
    }

    /// `  -b, --bundle DIR` and the text, as a row of a help page.
    var row: (String, String) {
        let short = short.map { "-\($0), " } ?? "    "
        return ("  \(short)--\(long)" + (value.map { " \($0)" } ?? ""), help)
    }

    /// Options as lines with their texts below each other.
    static func table(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { name, text in
            name + String(repeating: " ", count: width - name.count + 2) + text
        }.joined(separator: "\n")
    }
}

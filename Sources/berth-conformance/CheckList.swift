import BerthAPI
import JSON
import PluginConformance

/// The checks that there are, for people and for Docs/conformance.md.
enum CheckList {
    static func plain(_ checks: [ConformanceCheck]) -> String {
        checks.map { "\($0.kind): \($0.name): \($0.claim)\n" }.joined()
    }

    static func json(_ checks: [ConformanceCheck]) -> String {
        let list = JSON.array(
            checks.map { check in
                var members: [(String, JSON)] = [
                    ("kind", JSON(check.kind.rawValue)), ("name", JSON(check.name)), ("claim", JSON(check.claim)),
                ]
                if let capability = check.capability { members.append(("capability", JSON(capability))) }
                return .object(members)
            })
        return String(decoding: list.serialized(pretty: true), as: UTF8.self) + "\n"
    }

    /// A heading and a table for each kind.
    static func markdown(_ checks: [ConformanceCheck]) -> String {
        var text = ""
        var kind: String?
        for check in checks {
            if check.kind.rawValue != kind {
                text += (kind == nil ? "" : "\n") + "### \(check.kind)\n\n| check | what it proves |\n| --- | --- |\n"
                kind = check.kind.rawValue
            }
            let note = check.capability.map { " (capability `\($0)`)" } ?? ""
            text += "| \(cell(check.name))\(note) | \(cell(check.claim)) |\n"
        }
        return text
    }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|").replacing("\n", with: " ") }
}

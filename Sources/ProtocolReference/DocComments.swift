/// What members mean, by the doc comments of their declarations.
public struct DocComments: Sendable {
    private var meanings: [String: [String: String]] = [:]
    /// `CodingKeys` whose names on the wire differ from those in Swift.
    private var wireNames: [String: [String: String]] = [:]

    /// - Parameter sources: texts of Swift files as the tree's format leaves them: one declaration a line.
    public init(sources: [String]) {
        for source in sources { read(source) }
        for (type, names) in wireNames {
            for (name, wire) in names {
                let meaning = meanings[type]?[name]
                meanings[type]?[wire] = meaning
            }
        }
    }

    /// - Parameters:
    ///   - member: its name in JSON.
    ///   - type: as a schema's `title` names it: `ContainerCreate.Result`.
    public func meaning(of member: String, in type: String) -> String? { meanings[type]?[member] }

    private mutating func read(_ source: String) {
        /// The types that the line is in, each with the depth of braces at its declaration.
        var types: [(depth: Int, name: String)] = []
        var (depth, comment) = (0, [Substring]())
        for line in source.split(separator: "\n").map({ $0.drop { $0 == " " } }) {
            if line.hasPrefix("///") {
                comment.append(line.dropFirst(3).drop { $0 == " " })
                continue
            }
            if let name = Self.type(line) {
                types.append((depth, (types.last.map { "\($0.name)." } ?? "") + name))
            } else if let type = types.last, depth == type.depth + 1 {
                note(line, in: type.name, comment.joined(separator: " "))
            }
            depth += line.count { $0 == "{" } - line.count { $0 == "}" }
            while let type = types.last, depth <= type.depth { types.removeLast() }
            comment = []
        }
    }

    /// `Name` of `public struct Name: Codable {`.
    private static func type(_ line: Substring) -> String? {
        var words = line.split { $0 == " " || $0 == ":" || $0 == "<" }[...]
        while words.first == "public" || words.first == "private" { words.removeFirst() }
        guard let keyword = words.popFirst(), ["struct", "enum", "extension"].contains(keyword) else { return nil }
        return words.first.map(String.init)
    }

    private mutating func note(_ line: Substring, in type: String, _ comment: String) {
        let words = line.split { $0 == " " || $0 == ":" }
        if words.count > 2, words[0] == "public", ["var", "let"].contains(words[1]), !comment.isEmpty {
            meanings[type, default: [:]][String(words[2])] = comment
        } else if type.hasSuffix(".CodingKeys"), words.first == "case" {
            for key in line.dropFirst(5).split(separator: ",") {
                let parts = key.split { " =\"".contains($0) }
                guard parts.count == 2 else { continue }
                wireNames[String(type.dropLast(11)), default: [:]][String(parts[0])] = String(parts[1])
            }
        }
    }
}

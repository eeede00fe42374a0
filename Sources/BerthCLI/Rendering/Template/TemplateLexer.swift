import JSON

enum TemplateToken: Hashable, Sendable {
    case text(String)
    case open
    case close
    case identifier(String)
    /// `.`, `.A`, `.A.B` as its names.
    case field([String])
    case variable(String)
    case string(String)
    case number(String)
    case symbol(String)
}

/// Takes a template apart: text, and the words between `{{` and `}}`.
struct TemplateLexer {
    private let characters: [Character]
    private var position = 0
    private var tokens: [TemplateToken] = []

    static func tokens(_ text: String) throws -> [TemplateToken] {
        var lexer = TemplateLexer(characters: Array(text))
        try lexer.run()
        return lexer.tokens
    }

    private init(characters: [Character]) { self.characters = characters }

    private mutating func run() throws {
        var text = ""
        while position < characters.count {
            guard starts("{{") else {
                text.append(characters[position])
                position += 1
                continue
            }
            position += 2
            if starts("-"), peek(1)?.isWhitespace == true {
                position += 1
                while let last = text.last, last.isWhitespace { text.removeLast() }
            }
            if !text.isEmpty { tokens.append(.text(text)) }
            text = ""
            try lexAction()
        }
        if !text.isEmpty { tokens.append(.text(text)) }
    }

    private mutating func lexAction() throws {
        let first = tokens.count
        tokens.append(.open)
        while true {
            skipSpace()
            guard position < characters.count else { throw TemplateError("unclosed action") }
            if starts("/*") {
                try skipComment()
                continue
            }
            if starts("-}}") {
                position += 3
                skipSpace()
                break
            }
            if starts("}}") {
                position += 2
                break
            }
            tokens.append(try word())
        }
        // A comment alone is no action.
        if tokens.count == first + 1 { tokens.removeLast() } else { tokens.append(.close) }
    }

    private mutating func word() throws -> TemplateToken {
        let character = characters[position]
        switch character {
        case "\"", "`": return .string(try string(quote: character))
        case ".": return .field(try names())
        case "$":
            position += 1
            return .variable(identifier())
        case "(", ")", "|", ",", "=":
            position += 1
            return .symbol(String(character))
        case ":" where peek(1) == "=":
            position += 2
            return .symbol(":=")
        case _ where character.isNumber || (character == "-" && peek(1)?.isNumber == true):
            return .number(take { $0.isNumber || $0 == "-" || $0 == "." })
        case _ where character.isLetter || character == "_": return .identifier(identifier())
        default: throw TemplateError("unexpected \"\(character)\" in an action")
        }
    }

    /// The names after dots; a dot alone has none.
    private mutating func names() throws -> [String] {
        var names: [String] = []
        while position < characters.count, characters[position] == "." {
            position += 1
            let name = identifier()
            if name.isEmpty {
                guard names.isEmpty else { throw TemplateError("a field's name is missing after \".\"") }
                return []
            }
            names.append(name)
        }
        return names
    }

    private mutating func string(quote: Character) throws -> String {
        position += 1
        var text = ""
        while position < characters.count {
            let character = characters[position]
            position += 1
            if character == quote { return text }
            guard character == "\\", quote == "\"", position < characters.count else {
                text.append(character)
                continue
            }
            let escaped = characters[position]
            position += 1
            switch escaped {
            case "n": text.append("\n")
            case "t": text.append("\t")
            case "r": text.append("\r")
            default: text.append(escaped)
            }
        }
        throw TemplateError("unterminated quoted string")
    }

    private mutating func skipComment() throws {
        while position < characters.count, !starts("*/") { position += 1 }
        guard position < characters.count else { throw TemplateError("unclosed comment") }
        position += 2
    }

    private mutating func identifier() -> String { take { $0.isLetter || $0.isNumber || $0 == "_" } }

    private mutating func take(_ matches: (Character) -> Bool) -> String {
        let start = position
        while position < characters.count, matches(characters[position]) { position += 1 }
        return String(characters[start..<position])
    }

    private mutating func skipSpace() {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
    }

    private func starts(_ text: String) -> Bool {
        position + text.count <= characters.count
            && characters[position..<(position + text.count)].elementsEqual(text)
    }

    private func peek(_ offset: Int) -> Character? {
        position + offset < characters.count ? characters[position + offset] : nil
    }
}

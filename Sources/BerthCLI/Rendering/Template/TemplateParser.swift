import JSON

/// Makes nodes of tokens.
struct TemplateParser {
    private static let maximumDepth = 32

    private let tokens: [TemplateToken]
    private var position = 0
    private var depth = 0

    init(_ tokens: [TemplateToken]) { self.tokens = tokens }

    mutating func parse() throws -> [TemplateNode] {
        let (nodes, end) = try list()
        if let end { throw TemplateError("unexpected {{\(end)}}") }
        return nodes
    }

    /// Nodes up to `{{end}}` or `{{else}}`, of which the word is returned and the action is left open.
    private mutating func list() throws -> ([TemplateNode], end: String?) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw TemplateError("too many actions in one another") }
        var nodes: [TemplateNode] = []
        while let token = next() {
            if case .text(let text) = token {
                nodes.append(.text(text))
                continue
            }
            guard case .identifier(let word)? = peek() else {
                nodes.append(.action(try closedPipeline()))
                continue
            }
            switch word {
            case "end", "else":
                position += 1
                return (nodes, word)
            case "if", "with", "range":
                position += 1
                nodes.append(try block(word))
            default: nodes.append(.action(try closedPipeline()))
            }
        }
        return (nodes, nil)
    }

    private mutating func block(_ word: String) throws -> TemplateNode {
        let pipeline = try closedPipeline()
        let (then, end) = try list()
        guard let end else { throw TemplateError("unexpected EOF: {{\(word)}} has no {{end}}") }
        let otherwise = end == "else" ? try alternative(of: word) : []
        if end == "end" { try expectClose() }
        switch word {
        case "if": return .branch(pipeline, then: then, otherwise: otherwise)
        case "with": return .with(pipeline, then: then, otherwise: otherwise)
        default: return .range(pipeline, body: then, otherwise: otherwise)
        }
    }

    /// What follows `{{else`, through the block's `{{end}}`.
    private mutating func alternative(of word: String) throws -> [TemplateNode] {
        if case .identifier(let second)? = peek(), second == "if" || second == "with" {
            position += 1
            return [try block(second)]
        }
        try expectClose()
        let (nodes, end) = try list()
        guard end == "end" else { throw TemplateError("expected {{end}} after {{else}}") }
        try expectClose()
        return nodes
    }

    private mutating func closedPipeline() throws -> TemplatePipeline {
        let pipeline = try self.pipeline()
        try expectClose()
        return pipeline
    }

    private mutating func pipeline() throws -> TemplatePipeline {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw TemplateError("too many parentheses in one another") }
        var pipeline = TemplatePipeline()
        parseVariables(&pipeline)
        while true {
            let command = try self.command()
            guard !command.isEmpty else { throw TemplateError("missing value for command") }
            pipeline.commands.append(command)
            guard peek() == .symbol("|") else { return pipeline }
            position += 1
        }
    }

    private mutating func parseVariables(_ pipeline: inout TemplatePipeline) {
        guard case .variable(let first)? = peek() else { return }
        if case .symbol(let sign)? = peek(1), sign == ":=" || sign == "=" {
            (pipeline.variables, pipeline.declares) = ([first], sign == ":=")
            position += 2
        } else if peek(1) == .symbol(","), case .variable(let second)? = peek(2), peek(3) == .symbol(":=") {
            (pipeline.variables, pipeline.declares) = ([first, second], true)
            position += 4
        }
    }

    private mutating func command() throws -> [TemplateOperand] {
        var operands: [TemplateOperand] = []
        while let token = peek() {
            switch token {
            case .close, .symbol("|"), .symbol(")"): return operands
            case .field(let names): operands.append(.field(names))
            case .variable(let name):
                position += 1
                operands.append(.variable(name, fieldsHere()))
                continue
            case .identifier(let name): operands.append(try word(name))
            case .string(let text): operands.append(.literal(JSON(text)))
            case .number(let text): operands.append(.literal(try number(text)))
            case .symbol("("):
                position += 1
                let inner = try pipeline()
                guard next() == .symbol(")") else { throw TemplateError("unclosed left paren") }
                operands.append(.group(inner, fieldsHere()))
                continue
            case .symbol(let sign): throw TemplateError("unexpected \"\(sign)\" in command")
            case .text, .open: throw TemplateError("unclosed action")
            }
            position += 1
        }
        throw TemplateError("unclosed action")
    }

    /// Fields that follow a variable or a parenthesis.
    private mutating func fieldsHere() -> [String] {
        guard case .field(let names)? = peek(), !names.isEmpty else { return [] }
        position += 1
        return names
    }

    private func word(_ name: String) throws -> TemplateOperand {
        switch name {
        case "true": return .literal(true)
        case "false": return .literal(false)
        case "nil": return .literal(.null)
        default:
            guard TemplateFunctions.names.contains(name) else {
                throw TemplateError("function \"\(name)\" not defined")
            }
            return .function(name)
        }
    }

    private func number(_ text: String) throws -> JSON {
        if let integer = Int64(text) { return JSON(integer) }
        guard let real = Double(text) else { throw TemplateError("bad number syntax: \"\(text)\"") }
        return JSON(real)
    }

    private mutating func expectClose() throws {
        guard next() == .close else { throw TemplateError("unclosed action") }
    }

    private func peek(_ offset: Int = 0) -> TemplateToken? {
        position + offset < tokens.count ? tokens[position + offset] : nil
    }

    private mutating func next() -> TemplateToken? {
        defer { position += 1 }
        return peek()
    }
}

import JSON

/// A text with `{{actions}}`, as Go's text/template package has them: fields, variables, pipes, `if`, `with`, `range`,
/// comparisons and the functions of `TemplateFunctions`.
public struct Template: Sendable {
    let nodes: [TemplateNode]

    /// - Throws: `TemplateError` with the place of what cannot be parsed.
    public init(_ text: String) throws {
        var parser = TemplateParser(try TemplateLexer.tokens(text))
        nodes = try parser.parse()
    }

    public func render(_ data: JSON) throws -> String {
        try render(.json(data))
    }

    public func render(_ record: any TemplateRecord) throws -> String {
        try render(.record(record))
    }

    private func render(_ value: TemplateValue) throws -> String {
        var run = TemplateRun(root: value)
        try run.execute(nodes, dot: value)
        return run.output
    }
}

/// Data whose fields are made when a template asks for them.
public protocol TemplateRecord {
    /// nil when there is no such field.
    func field(_ name: String, _ arguments: [JSON]) throws -> JSON?
    /// All of it, for `{{json .}}`.
    var json: JSON { get }
}

/// Why a template cannot be parsed or executed.
public struct TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    init(_ reason: String) { description = "template parsing error: " + reason }
}

enum TemplateValue {
    case json(JSON)
    case record(any TemplateRecord)

    var json: JSON {
        switch self {
        case .json(let json): json
        case .record(let record): record.json
        }
    }
}

indirect enum TemplateNode: Sendable {
    case text(String)
    case action(TemplatePipeline)
    case branch(TemplatePipeline, then: [TemplateNode], otherwise: [TemplateNode])
    case with(TemplatePipeline, then: [TemplateNode], otherwise: [TemplateNode])
    case range(TemplatePipeline, body: [TemplateNode], otherwise: [TemplateNode])
}

/// `$a, $b := command | command`.
struct TemplatePipeline: Sendable {
    var variables: [String] = []
    /// `:=`, not `=`.
    var declares = false
    var commands: [[TemplateOperand]] = []
}

indirect enum TemplateOperand: Sendable {
    /// `.A.B`; no names for `.` itself.
    case field([String])
    /// `$x.A`; the name is empty for `$`.
    case variable(String, [String])
    case function(String)
    case literal(JSON)
    /// `(pipeline).A`
    case group(TemplatePipeline, [String])
}

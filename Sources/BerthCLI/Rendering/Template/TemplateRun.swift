import JSON

/// One execution of a template.
struct TemplateRun {
    private(set) var output = ""
    private var variables: [(name: String, value: TemplateValue)]

    init(root: TemplateValue) { variables = [("", root)] }

    mutating func execute(_ nodes: [TemplateNode], dot: TemplateValue) throws {
        for node in nodes { try execute(node, dot: dot) }
    }

    private mutating func execute(_ node: TemplateNode, dot: TemplateValue) throws {
        switch node {
        case .text(let text): output += text
        case .action(let pipeline):
            let value = try evaluate(pipeline, dot: dot)
            if pipeline.variables.isEmpty { output += value.json.goDescription }
        case .branch(let pipeline, let then, let otherwise):
            try scoped { run in
                let chosen = try run.evaluate(pipeline, dot: dot).json.isTrue ? then : otherwise
                try run.execute(chosen, dot: dot)
            }
        case .with(let pipeline, let then, let otherwise):
            try scoped { run in
                let value = try run.evaluate(pipeline, dot: dot)
                let isTrue = value.json.isTrue
                try run.execute(isTrue ? then : otherwise, dot: isTrue ? value : dot)
            }
        case .range(let pipeline, let body, let otherwise):
            try range(pipeline, body, otherwise, dot)
        }
    }

    private mutating func range(
        _ pipeline: TemplatePipeline, _ body: [TemplateNode], _ otherwise: [TemplateNode], _ dot: TemplateValue
    ) throws {
        var unbound = pipeline
        unbound.variables = []
        let elements = try evaluate(unbound, dot: dot).json.rangeElements()
        guard !elements.isEmpty else { return try execute(otherwise, dot: dot) }
        for (key, value) in elements {
            try scoped { run in
                if let last = pipeline.variables.last { run.variables.append((last, .json(value))) }
                if pipeline.variables.count == 2 { run.variables.append((pipeline.variables[0], .json(key))) }
                try run.execute(body, dot: .json(value))
            }
        }
    }

    /// Variables that are declared inside are gone afterwards.
    private mutating func scoped(_ body: (inout TemplateRun) throws -> Void) rethrows {
        let count = variables.count
        try body(&self)
        variables.removeLast(variables.count - count)
    }

    // MARK: Pipelines

    private mutating func evaluate(_ pipeline: TemplatePipeline, dot: TemplateValue) throws -> TemplateValue {
        var value: TemplateValue?
        for command in pipeline.commands { value = try evaluate(command, piped: value, dot: dot) }
        let result = value ?? .json(.null)
        if let name = pipeline.variables.first {
            if pipeline.declares {
                variables.append((name, result))
            } else {
                guard let index = variables.lastIndex(where: { $0.name == name }) else {
                    throw TemplateError("undefined variable \"$\(name)\"")
                }
                variables[index].value = result
            }
        }
        return result
    }

    private mutating func evaluate(
        _ command: [TemplateOperand], piped: TemplateValue?, dot: TemplateValue
    ) throws -> TemplateValue {
        var arguments: [JSON] = []
        for operand in command.dropFirst() { arguments.append(try value(of: operand, dot: dot).json) }
        if let piped { arguments.append(piped.json) }
        switch command[0] {
        case .function(let name): return .json(try TemplateFunctions.call(name, arguments))
        case .field(let names) where !names.isEmpty && !arguments.isEmpty:
            return try resolve(names, in: dot, arguments)
        case let operand:
            guard arguments.isEmpty else { throw TemplateError("can't give argument to non-function") }
            return try value(of: operand, dot: dot)
        }
    }

    private mutating func value(of operand: TemplateOperand, dot: TemplateValue) throws -> TemplateValue {
        switch operand {
        case .field(let names): return try resolve(names, in: dot)
        case .literal(let json): return .json(json)
        case .function(let name): return .json(try TemplateFunctions.call(name, []))
        case .group(let pipeline, let names): return try resolve(names, in: try evaluate(pipeline, dot: dot))
        case .variable(let name, let names):
            guard let found = variables.last(where: { $0.name == name }) else {
                throw TemplateError("undefined variable \"$\(name)\"")
            }
            return try resolve(names, in: found.value)
        }
    }

    private func resolve(
        _ names: [String], in start: TemplateValue, _ arguments: [JSON] = []
    ) throws -> TemplateValue {
        var value = start
        var parent = ""
        for (index, name) in names.enumerated() {
            let isLast = index == names.count - 1
            value = .json(try field(name, of: value, in: parent, isLast ? arguments : []))
            parent = name
        }
        return value
    }

    private func field(
        _ name: String, of value: TemplateValue, in parent: String, _ arguments: [JSON]
    ) throws -> JSON {
        switch value {
        case .record(let record):
            if let found = try record.field(name, arguments) { return found }
        case .json(let json):
            guard arguments.isEmpty else { throw TemplateError("\(name) is not a method but has arguments") }
            if let found = json[name] { return found }
            // What a container has none of (a port, a network, a label) is nothing, not a mistake in the template.
            if json.isNull || Self.dictionaries.contains(parent) { return .null }
        }
        throw TemplateError("executing \"\" at <.\(name)>: there is no field \"\(name)\"")
    }

    /// Members whose keys are data, and those that leave out what they have none of (a health check).
    private static let dictionaries: Set<String> = [
        "Labels", "Ports", "Networks", "Options", "ExposedPorts", "Volumes", "PortBindings", "Containers", "Config",
        "State",
        "DriverOpts",
    ]
}

import JSON

/// The functions that templates may call: those of docker's command line and of Go's text/template.
enum TemplateFunctions {
    static let names: Set<String> = [
        "json", "upper", "lower", "title", "join", "split", "pad", "truncate", "print", "println", "printf", "len",
        "index", "slice", "eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not",
    ]

    static func call(_ name: String, _ arguments: [JSON]) throws -> JSON {
        switch name {
        case "json": return JSON(try one(name, arguments).description)
        case "upper": return JSON(try text(name, arguments).uppercased())
        case "lower": return JSON(try text(name, arguments).lowercased())
        case "title": return JSON(title(try text(name, arguments)))
        case "join", "split", "pad", "truncate", "slice": return try shape(name, arguments)
        case "print": return JSON(arguments.map(\.goDescription).joined(separator: " "))
        case "println": return JSON(arguments.map(\.goDescription).joined(separator: " ") + "\n")
        case "printf": return JSON(try TemplateFormat.format(arguments))
        case "len": return JSON(try length(try one(name, arguments)))
        case "index": return try index(arguments)
        case "not": return JSON(!(try one(name, arguments).isTrue))
        case "and": return try chosen(name, arguments) { !$0.isTrue }
        case "or": return try chosen(name, arguments) { $0.isTrue }
        default: return JSON(try compare(name, arguments))
        }
    }

    private static func one(_ name: String, _ arguments: [JSON]) throws -> JSON {
        guard arguments.count == 1 else {
            throw TemplateError("wrong number of args for \(name): want 1 got \(arguments.count)")
        }
        return arguments[0]
    }

    private static func text(_ name: String, _ arguments: [JSON]) throws -> String {
        try one(name, arguments).goDescription
    }

    private static func title(_ text: String) -> String {
        var startsWord = true
        return text.map { character in
            defer { startsWord = !character.isLetter && !character.isNumber }
            return startsWord ? character.uppercased() : String(character)
        }.joined()
    }

    private static func shape(_ name: String, _ arguments: [JSON]) throws -> JSON {
        switch (name, arguments.count) {
        case ("join", 2):
            guard let elements = arguments[0].isNull ? [] : arguments[0].array else {
                throw TemplateError("join needs a list")
            }
            return JSON(elements.map(\.goDescription).joined(separator: arguments[1].goDescription))
        case ("split", 2):
            return .array(split(arguments[0].goDescription, arguments[1].goDescription).map { JSON($0) })
        case ("pad", 3):
            let (before, after) = (Int(arguments[1].int ?? 0), Int(arguments[2].int ?? 0))
            guard (0...10_000).contains(before), (0...10_000).contains(after) else {
                throw TemplateError("pad needs small numbers of spaces")
            }
            let text = arguments[0].goDescription
            guard !text.isEmpty else { return JSON(text) }
            return JSON(String(repeating: " ", count: before) + text + String(repeating: " ", count: after))
        case ("truncate", 2):
            return JSON(String(arguments[0].goDescription.prefix(max(0, Int(clamping: arguments[1].int ?? 0)))))
        case ("slice", 1...3): return try slice(arguments)
        default: throw TemplateError("wrong number of args for \(name): got \(arguments.count)")
        }
    }

    private static func split(_ text: String, _ separator: String) -> [String] {
        guard !separator.isEmpty else { return text.map { String($0) } }
        var parts: [String] = []
        var rest = Array(text)[...]
        let pattern = Array(separator)
        var part: [Character] = []
        while !rest.isEmpty {
            if rest.starts(with: pattern) {
                parts.append(String(part))
                part = []
                rest = rest.dropFirst(pattern.count)
            } else {
                part.append(rest.removeFirst())
            }
        }
        return parts + [String(part)]
    }

    private static func slice(_ arguments: [JSON]) throws -> JSON {
        let bounds = arguments.dropFirst().map { Int(clamping: $0.int ?? -1) }
        let count = try length(arguments[0])
        let (from, to) = (bounds.first ?? 0, bounds.count > 1 ? bounds[1] : count)
        guard 0 <= from, from <= to, to <= count else { throw TemplateError("slice: index out of range") }
        if let elements = arguments[0].array { return .array(Array(elements[from..<to])) }
        return JSON(String(decoding: Array(arguments[0].goDescription.utf8)[from..<to], as: UTF8.self))
    }

    private static func length(_ value: JSON) throws -> Int {
        if let string = value.string { return string.utf8.count }
        guard value.isNull || value.array != nil || value.object != nil else {
            throw TemplateError("len of something without a length")
        }
        return value.count
    }

    private static func index(_ arguments: [JSON]) throws -> JSON {
        guard var value = arguments.first else { throw TemplateError("index needs a list or map") }
        for key in arguments.dropFirst() {
            if let number = key.int, value.array != nil {
                guard let element = value[Int(clamping: number)] else {
                    throw TemplateError("index out of range: \(number)")
                }
                value = element
            } else if let name = key.string, value.isNull || value.object != nil {
                value = value[name] ?? ""
            } else {
                throw TemplateError("cannot index \(value) with \(key)")
            }
        }
        return value
    }

    /// The first argument that decides, else the last.
    private static func chosen(_ name: String, _ arguments: [JSON], _ decides: (JSON) -> Bool) throws -> JSON {
        guard let last = arguments.last else { throw TemplateError("wrong number of args for \(name)") }
        return arguments.first(where: decides) ?? last
    }

    private static func compare(_ name: String, _ arguments: [JSON]) throws -> Bool {
        guard arguments.count >= 2 else { throw TemplateError("missing argument for comparison") }
        let (first, second) = (arguments[0], arguments[1])
        switch name {
        case "eq": return arguments.dropFirst().contains { $0 == first }
        case "ne": return first != second
        default: break
        }
        let isLess: Bool
        if let a = first.double, let b = second.double {
            isLess = a < b
        } else if let a = first.string, let b = second.string {
            isLess = a < b
        } else {
            throw TemplateError("incompatible types for comparison")
        }
        switch name {
        case "lt": return isLess
        case "ge": return !isLess
        case "le": return isLess || first == second
        default: return !isLess && first != second
        }
    }
}

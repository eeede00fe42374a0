import BerthAPI
import JSON

/// Checks a plugin's configuration against its manifest's JSON Schema (draft 2020-12), as far as manifests need it: a
/// keyword that is not known makes the manifest unusable, so that nothing is taken for checked that was not.
enum ConfigurationSchema {
    private static let annotations: Set = [
        "$schema", "$id", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
    ]
    private static let types: Set = ["object", "array", "string", "boolean", "integer", "number", "null"]
    /// What each keyword's value has to be.
    private static let known: [String: @Sendable (JSON) -> Bool] = [
        "type": { types.contains($0.string ?? "") }, "enum": { $0.array != nil }, "const": { _ in true },
        "properties": { $0.object != nil }, "items": { $0.object != nil },
        "additionalProperties": { $0.object != nil || $0.bool != nil },
        "required": { $0.array?.allSatisfy { $0.string != nil } ?? false },
        "anyOf": { $0.array?.allSatisfy { $0.object != nil } ?? false },
        "minimum": isNumber, "maximum": isNumber, "minLength": isNumber, "maxLength": isNumber, "minItems": isNumber,
        "maxItems": isNumber,
    ]

    @Sendable private static func isNumber(_ value: JSON) -> Bool { value.int != nil || value.double != nil }

    /// - Throws: `invalidArgument` for a keyword that is not known, or whose value would not be looked at.
    static func check(_ schema: JSON) throws {
        guard let members = schema.object else { throw BerthError(.invalidArgument, "an object expected") }
        for (keyword, value) in members where !annotations.contains(keyword) {
            guard let isUsable = known[keyword] else {
                throw BerthError(.invalidArgument, "the keyword \"\(keyword)\" is not supported")
            }
            guard isUsable(value) else {
                throw BerthError(.invalidArgument, "the keyword \"\(keyword)\" cannot be \(value)")
            }
            switch keyword {
            case "properties": for (_, part) in value.object ?? [] { try check(part) }
            case "items": try check(value)
            case "additionalProperties": if value.object != nil { try check(value) }
            case "anyOf": for part in value.array ?? [] { try check(part) }
            default: break
            }
        }
    }

    /// - Throws: `invalidArgument`, naming the member and what was expected of it.
    static func validate(_ value: JSON, against schema: JSON?, path: String = "") throws {
        guard let schema, schema.object != nil else { return }
        if let type = schema["type"]?.string { try checkType(value, type, path) }
        if let choices = schema["enum"]?.array, !choices.contains(value) {
            throw refusal(path, "is none of \(choices.map(\.description).joined(separator: ", "))")
        }
        if let constant = schema["const"], constant != value { throw refusal(path, "is not \(constant)") }
        try checkBounds(value, schema, path)
        if let members = value.object { try checkMembers(members, schema, path) }
        if let elements = value.array, let items = schema["items"] {
            for (index, element) in elements.enumerated() {
                try validate(element, against: items, path: "\(path)[\(index)]")
            }
        }
        if let choices = schema["anyOf"]?.array {
            guard choices.contains(where: { (try? validate(value, against: $0, path: path)) != nil }) else {
                throw refusal(path, "matches none of \(choices.count) alternatives")
            }
        }
    }

    private static func checkType(_ value: JSON, _ type: String, _ path: String) throws {
        let matches =
            switch type {
            case "object": value.object != nil
            case "array": value.array != nil
            case "string": value.string != nil
            case "boolean": value.bool != nil
            case "integer": value.int != nil
            case "number": value.int != nil || value.double != nil
            case "null": value.isNull
            default: false
            }
        guard matches else { throw refusal(path, "is not of type \(type)") }
    }

    private static func checkBounds(_ value: JSON, _ schema: JSON, _ path: String) throws {
        let number = value.double ?? value.int.map(Double.init)
        try checkRange(number, schema["minimum"], schema["maximum"], path, "")
        let length = value.string.map { Double($0.unicodeScalars.count) }
        try checkRange(length, schema["minLength"], schema["maxLength"], path, " characters")
        let count = value.array.map { Double($0.count) }
        try checkRange(count, schema["minItems"], schema["maxItems"], path, " elements")
    }

    private static func checkRange(_ number: Double?, _ low: JSON?, _ high: JSON?, _ path: String, _ unit: String)
        throws
    {
        guard let number else { return }
        if let low = low?.double ?? low?.int.map(Double.init), number < low {
            throw refusal(path, "is below \(format(low))\(unit)")
        }
        if let high = high?.double ?? high?.int.map(Double.init), number > high {
            throw refusal(path, "is above \(format(high))\(unit)")
        }
    }

    private static func format(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }

    private static func checkMembers(_ members: [(String, JSON)], _ schema: JSON, _ path: String) throws {
        let names = Set(members.map(\.0))
        for name in schema["required"]?.array ?? [] {
            guard let name = name.string, names.contains(name) else {
                throw refusal(path, "lacks the member \"\(name.string ?? "")\"")
            }
        }
        for (name, member) in members {
            let place = path.isEmpty ? name : "\(path).\(name)"
            if let part = schema["properties"]?[name] {
                try validate(member, against: part, path: place)
            } else if let rest = schema["additionalProperties"] {
                if rest.bool == false { throw BerthError(.invalidArgument, "\(place): there is no such setting") }
                try validate(member, against: rest, path: place)
            }
        }
    }

    private static func refusal(_ path: String, _ reason: String) -> BerthError {
        BerthError(.invalidArgument, "\(path.isEmpty ? "the configuration" : path): \(reason)")
    }
}

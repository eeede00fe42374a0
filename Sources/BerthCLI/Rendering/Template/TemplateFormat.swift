import JSON

/// `printf` of templates: the verbs `%v %s %d %q %t %x %f %%` with width, precision, `-` and `0`.
enum TemplateFormat {
    private static let maximumWidth = 1000

    static func format(_ arguments: [JSON]) throws -> String {
        guard let format = arguments.first?.string else { throw TemplateError("printf needs a format") }
        var rest = format[...]
        var values = arguments.dropFirst()
        var result = ""
        while let character = rest.popFirst() {
            guard character == "%" else {
                result.append(character)
                continue
            }
            let directive = try Directive(&rest)
            if directive.verb == "%" {
                result.append("%")
            } else if let value = values.popFirst() {
                result += directive.apply(value)
            } else {
                result += "%!\(directive.verb)(MISSING)"
            }
        }
        return result
    }

    private struct Directive {
        var leftAligned = false
        var zeros = false
        var width = 0
        var precision: Int?
        var verb: Character

        init(_ rest: inout Substring) throws {
            while let flag = rest.first, flag == "-" || flag == "0" || flag == "+" || flag == " " || flag == "#" {
                if flag == "-" { leftAligned = true }
                if flag == "0" { zeros = true }
                rest.removeFirst()
            }
            width = Self.number(&rest)
            if rest.first == "." {
                rest.removeFirst()
                precision = Self.number(&rest)
            }
            guard let verb = rest.popFirst() else { throw TemplateError("printf: a % without a verb") }
            self.verb = verb
        }

        private static func number(_ rest: inout Substring) -> Int {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest[digits.endIndex...]
            return min(Int(digits) ?? (digits.isEmpty ? 0 : maximumWidth), maximumWidth)
        }

        func apply(_ value: JSON) -> String {
            let text = self.text(of: value)
            let missing = width - text.count
            guard missing > 0 else { return text }
            if leftAligned { return text + String(repeating: " ", count: missing) }
            let usesZeros = zeros && value.double != nil
            return String(repeating: usesZeros ? "0" : " ", count: missing) + text
        }

        private func text(of value: JSON) -> String {
            switch verb {
            case "q": return JSON(value.goDescription).description
            case "x": return value.int.map { String($0, radix: 16) } ?? hex(value.goDescription)
            case "f":
                guard let number = value.double else { return "%!f(\(value.goDescription))" }
                return HumanSize.fixed(number, decimals: min(precision ?? 6, 17))
            case "d":
                return value.int.map(String.init) ?? "%!d(\(value.goDescription))"
            case "s", "v", "t":
                let text = value.goDescription
                return precision.map { String(text.prefix($0)) } ?? text
            default: return "%!\(verb)(\(value.goDescription))"
            }
        }

        private func hex(_ text: String) -> String {
            text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}

/// One challenge of a `WWW-Authenticate` header (RFC 9110, section 11.6.1).
struct Challenge: Hashable {
    /// In lower case: `basic`, `bearer`.
    var scheme: String
    /// Names in lower case.
    var parameters: [String: String]

    /// All challenges of the header's values. What does not fit the grammar ends the reading of its value.
    static func parse(_ values: [String]) -> [Challenge] { values.flatMap { parse($0) } }

    private static func parse(_ value: String) -> [Challenge] {
        var reader = Reader(text: Array(value.unicodeScalars.prefix(8192)))
        var challenges: [Challenge] = []
        while let word = reader.token() {
            reader.skipSpaces()
            if reader.peek != "=" {
                challenges.append(Challenge(scheme: word.lowercased(), parameters: [:]))
            } else if !challenges.isEmpty {
                _ = reader.next()
                guard let value = reader.value() else { return challenges }
                challenges[challenges.count - 1].parameters[word.lowercased()] = value
            } else {
                return challenges
            }
            reader.skipSeparators()
        }
        return challenges
    }
}

private struct Reader {
    let text: [Unicode.Scalar]
    var position = 0

    var peek: Unicode.Scalar? { position < text.count ? text[position] : nil }

    mutating func next() -> Unicode.Scalar? {
        guard let scalar = peek else { return nil }
        position += 1
        return scalar
    }

    mutating func skipSpaces() { while peek == " " || peek == "\t" { position += 1 } }

    mutating func skipSeparators() { while peek == " " || peek == "\t" || peek == "," { position += 1 } }

    mutating func token() -> String? {
        skipSeparators()
        var word = String.UnicodeScalarView()
        while let scalar = peek, Self.isTokenCharacter(scalar) {
            word.append(scalar)
            position += 1
        }
        return word.isEmpty ? nil : String(word)
    }

    mutating func value() -> String? {
        skipSpaces()
        guard peek == "\"" else { return token() }
        position += 1
        var value = String.UnicodeScalarView()
        while let scalar = next() {
            if scalar == "\"" { return String(value) }
            if scalar == "\\", let escaped = next() {
                value.append(escaped)
            } else {
                value.append(scalar)
            }
        }
        return nil
    }

    private static func isTokenCharacter(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value > 32 && scalar.value < 127 && !"()<>@,;:\\\"[]?={}".unicodeScalars.contains(scalar)
    }
}

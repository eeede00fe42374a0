/// The words of an instruction: separated by spaces, with quotes around what has some, and a backslash before what is
/// meant as it is.
enum InstructionWords {
    struct Unfinished: Error, CustomStringConvertible {
        let description = "a quote is not closed"
    }

    static func split(_ text: String) throws(Unfinished) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                // In double quotes a backslash stays before what needs none.
                let keeps = quote == "\"" && character != "\"" && character != "\\"
                word = (word ?? "") + (keeps ? "\\" : "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
                word = word ?? ""
            } else if quote == nil, character.isWhitespace {
                if let finished = word { words.append(finished) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { throw Unfinished() }
        if let word { words.append(word) }
        return words
    }
}

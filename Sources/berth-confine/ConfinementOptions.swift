import LinuxSystem

/// The command line, as the supervisor writes it.
struct ConfinementOptions {
    /// Host paths that are shown at the same place.
    var readable: [String] = []
    var writable: [String] = []
    var devices: [String] = []
    var capabilities: [String] = []
    /// Bytes that `/tmp` holds.
    var temporary = "64m"
    var isFiltered = false
    var program: String
    var arguments: [String]

    init(_ words: [String]) throws(SystemError) {
        var words = words[...]
        func value(_ option: String) throws(SystemError) -> String {
            guard let value = words.popFirst() else { throw SystemError(.invalid, "option", "\(option) has no value") }
            return value
        }
        options: while let word = words.popFirst() {
            switch word {
            case "--read": readable.append(try value(word))
            case "--write": writable.append(try value(word))
            case "--device": devices.append(try value(word))
            case "--capability": capabilities.append(try value(word))
            case "--temporary": temporary = try value(word)
            case "--filter": isFiltered = true
            case "--": break options
            default: throw SystemError(.invalid, "option", "unknown \(word)")
            }
        }
        program = try value("--")
        arguments = Array(words)
        guard !arguments.isEmpty else { throw SystemError(.invalid, "option", "the program has no argument 0") }
    }
}

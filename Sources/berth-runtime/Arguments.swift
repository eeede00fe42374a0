/// A command line: options, each with or without a value, then words. By hand, because a library for it costs more
/// start-up time than the whole launch of a container.
struct Arguments {
    /// Long names with a value.
    private(set) var values: [String: [String]] = [:]
    private(set) var flags: Set<String> = []
    /// What is left, from the first word on.
    private(set) var words: [String] = []

    struct Option: Sendable {
        var long: String
        var short: Character?
        var takesValue: Bool
    }

    /// Options end at the first word or at `--`.
    init(_ arguments: ArraySlice<String>, _ options: [Option], interleaved: Bool = false) throws(UsageError) {
        var rest = arguments
        while let argument = rest.popFirst() {
            if argument == "--" {
                words += rest
                return
            }
            guard argument.hasPrefix("-"), argument != "-" else {
                words.append(argument)
                if interleaved { continue }
                words += rest
                return
            }
            try take(argument, options, &rest)
        }
    }

    private mutating func take(
        _ argument: String, _ options: [Option], _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0].drop { $0 == "-" })
        let option = options.first { $0.long == name || name.count == 1 && $0.short == name.first }
        guard let option else { throw UsageError("unknown option \(parts[0])") }
        guard option.takesValue else {
            if parts.count == 1 || parts[1] == "true" { flags.insert(option.long) }
            return
        }
        if parts.count == 2 {
            values[option.long, default: []].append(String(parts[1]))
        } else if let value = rest.popFirst() {
            values[option.long, default: []].append(value)
        } else {
            throw UsageError("option \(argument) needs a value")
        }
    }

    /// The last one given counts.
    func value(_ name: String) -> String? { values[name]?.last }
    func has(_ name: String) -> Bool { flags.contains(name) }

    func number(_ name: String) throws(UsageError) -> CInt? {
        guard let text = value(name) else { return nil }
        guard let number = CInt(text), number >= 0 else { throw UsageError("option --\(name): \(text) is no number") }
        return number
    }

    /// The one word that is a container's id.
    func id() throws(UsageError) -> String {
        guard let id = words.first else { throw UsageError("a container id is missing") }
        guard words.count == 1 else { throw UsageError("unexpected argument \(words[1])") }
        return id
    }
}

/// A command line that makes no sense.
struct UsageError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

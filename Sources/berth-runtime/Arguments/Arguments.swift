/// A command line: options, each with or without a value, then words. By hand, because a library for it costs more
/// start-up time than the whole launch of a container.
struct Arguments {
    /// By long name.
    private(set) var values: [String: [String]] = [:]
    private(set) var flags: Set<String> = []
    /// What is left, from the first word on.
    private(set) var words: [String] = []

    /// - Parameter interleaved: options may follow words; else they end at the first word. `--` ends them always.
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
            if argument.hasPrefix("--") {
                try takeLong(argument, options, &rest)
            } else {
                try takeShort(argument, options, &rest)
            }
        }
    }

    /// `--name`, `--name=value`, `--name value`.
    private mutating func takeLong(
        _ argument: String, _ options: [Option], _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let option = options.first(where: { $0.long == parts[0] }) else {
            throw UsageError("unknown option --\(parts[0])")
        }
        try take(option, value: parts.count == 2 ? String(parts[1]) : nil, argument, &rest)
    }

    /// `-n`, `-n value`, `-nvalue`, `-n=value`, and several switches as one: `-td`. Some engines write long names with
    /// one dash.
    private mutating func takeShort(
        _ argument: String, _ options: [Option], _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        let name = argument.dropFirst().prefix { $0 != "=" }
        if options.contains(where: { $0.long == name }) { return try takeLong("-" + argument, options, &rest) }
        var letters = argument.dropFirst()
        while let letter = letters.popFirst() {
            guard let option = options.first(where: { $0.short == letter }) else {
                throw UsageError("unknown option -\(letter)")
            }
            if option.takesValue || letters.first == "=" {
                if letters.first == "=" { letters.removeFirst() }
                return try take(option, value: letters.isEmpty ? nil : String(letters), "-\(letter)", &rest)
            }
            flags.insert(option.long)
        }
    }

    private mutating func take(
        _ option: Option, value: String?, _ argument: String, _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        guard option.takesValue else {
            switch value {
            case nil, "true", "1": flags.insert(option.long)
            case "false", "0": flags.remove(option.long)
            case let value?: throw UsageError("option --\(option.long) is true or false, not \(value)")
            }
            return
        }
        guard let value = value ?? rest.popFirst() else { throw UsageError("option \(argument) needs a value") }
        values[option.long, default: []].append(value)
    }

    /// The last one given counts.
    func value(_ name: String) -> String? { values[name]?.last }
    func all(_ name: String) -> [String] { values[name] ?? [] }
    func has(_ name: String) -> Bool { flags.contains(name) }

    /// One of a few words, the first of them unless it is given.
    func choice(_ name: String, of choices: [String]) throws(UsageError) -> String {
        guard let value = value(name) else { return choices[0] }
        guard choices.contains(value) else {
            throw UsageError("option --\(name) is \(choices.joined(separator: " or ")), not \(value)")
        }
        return value
    }

    /// How many descriptors from 3 on the program keeps.
    func preservedDescriptors() throws(UsageError) -> CInt {
        guard let text = value("preserve-fds") else { return 0 }
        guard let number = CInt(text), (0...1 << 16).contains(number) else {
            throw UsageError("option --preserve-fds: \(text) is no number of descriptors")
        }
        return number
    }

    /// The one word that is a container's id.
    func id() throws(UsageError) -> String {
        guard let id = words.first else { throw UsageError("a container id is missing") }
        guard words.count == 1 else { throw UsageError("unexpected argument \(words[1])") }
        return id
    }
}

import ArgumentParser

/// A command and how the user got there: only the type that is named gets its arguments described and parsed, so that
/// the others cost nothing.
struct CommandPath {
    var command: any ParsableCommand.Type = Berth.self
    /// `berth container run`
    var name = "berth"
    /// A word that names no command.
    var unknown: String?

    var syntax: FlagSyntax { (command as? any BerthCommand.Type)?.syntax ?? FlagSyntax() }

    static func resolve(_ arguments: inout ArraySlice<String>) -> CommandPath {
        var path = CommandPath()
        while let word = arguments.first, !path.command.configuration.subcommands.isEmpty {
            // The parser itself answers `help`, and options such as --generate-completion-script.
            if word == "help" || word.hasPrefix("-") { return path }
            guard let next = path.command.configuration.subcommands.first(where: { $0.isNamed(word) }) else {
                path.unknown = ([path.name] + [word]).joined(separator: " ").dropFirst("berth ".count).description
                return path
            }
            arguments.removeFirst()
            path.command = next
            path.name += " " + word
        }
        return path
    }
}

extension ParsableCommand {
    fileprivate static func isNamed(_ word: String) -> Bool {
        let configuration = Self.configuration
        return configuration.commandName == word || configuration.aliases.contains(word)
    }
}

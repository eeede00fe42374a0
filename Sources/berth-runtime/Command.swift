/// A verb of the command line: its options as a table, and what it does. Answers the exit code.
struct Command: Sendable {
    var name: String
    /// One line of help.
    var summary: String
    /// What follows the options.
    var words = "ID"
    var options: [Option] = []
    /// Options may follow words.
    var interleaved = true
    var run: @Sendable (Arguments, Session) throws -> CInt

    /// In the order of a container's life.
    static let all: [Command] = [
        create, start, run, state, exec, kill, pause, resume, update, processes, events, statistics, list, delete,
        spec, features,
    ]

    static func named(_ name: String) throws(UsageError) -> Command {
        guard let command = all.first(where: { $0.name == name }) else {
            throw UsageError("unknown command \(name): berth-runtime --help lists them")
        }
        return command
    }

    static let help = Option.flag("help", "h", "print this text")

    var helpPage: String {
        let usage = "usage: berth-runtime [GLOBAL OPTIONS] \(name) [OPTIONS] \(words)"
        return usage + "\n\n\(summary)\n\n" + Option.table((options + [Self.help]).map(\.row))
    }
}

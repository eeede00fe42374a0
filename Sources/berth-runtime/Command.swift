/// A verb of the command line: its options as a table, and what it does. Answers the exit code.
struct Command: Sendable {
    var usage: String
    var options: [Arguments.Option]
    /// Options may follow words.
    var interleaved = true
    var run: @Sendable (Arguments, Session) throws -> CInt

    static let all: [String: Command] = [
        "create": create, "run": run, "start": start, "state": state, "kill": kill, "delete": delete, "exec": exec,
        "list": list, "ps": processes, "pause": pause, "resume": resume, "stats": statistics,
    ]
}

/// The options before the verb.
struct Session {
    var store: StateStore
    var log: Log

    static let options: [Arguments.Option] = [
        .init(long: "root", takesValue: true), .init(long: "log", takesValue: true),
        .init(long: "log-format", takesValue: true), .init(long: "debug", takesValue: false),
        .init(long: "version", short: "v", takesValue: false), .init(long: "help", short: "h", takesValue: false),
    ]

    init(_ arguments: Arguments) {
        store = StateStore(root: arguments.value("root") ?? "/run/berth-runtime")
        log = Log(path: arguments.value("log"), json: arguments.value("log-format") == "json")
    }
}

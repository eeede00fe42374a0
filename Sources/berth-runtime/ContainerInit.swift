import LinuxSystem

/// Process 1 of a container with `--init`: starts the program, passes signals on, reaps whatever becomes its child, and
/// ends with the program's status.
enum ContainerInit {
    static func run(_ words: [String]) -> Never {
        let arguments = Array(words.first == "--" ? words.dropFirst() : words[...])
        guard let program = arguments.first else { endProcess(125) }
        do {
            endProcess(try InitProcess.run(program, arguments))
        } catch {
            Log(path: nil, json: false).error("\(error)")
            endProcess(error.errno == .noEntry ? 127 : 126)
        }
    }
}

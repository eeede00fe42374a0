import BerthAPI
import LinuxSystem

/// Which streams of a container the client is connected with.
struct StreamSelection {
    var input: Bool
    var output = true
    var error = true

    init(input: Bool) { self.input = input }

    /// - Parameter names: values of `--attach`; none for the usual ones.
    init(_ names: [String], interactive: Bool) throws(InvalidInput) {
        input = interactive
        guard !names.isEmpty else { return }
        (input, output, error) = (false, false, false)
        for name in names {
            switch name.lowercased() {
            case "stdin": input = true
            case "stdout": output = true
            case "stderr": error = true
            default: throw .argument(name, of: "-a, --attach", "valid streams are STDIN, STDOUT and STDERR")
            }
        }
    }

    /// A terminal in the container needs one at the client to type at.
    func checkTerminal(_ wantsTerminal: Bool, _ context: CommandContext) throws {
        guard wantsTerminal, input, !Terminal.isTerminal(context.streams.input) else { return }
        throw CommandFailure("the input device is not a TTY")
    }

    func request(_ context: CommandContext) -> AttachRequest {
        var request = AttachRequest(stdin: input, stdout: output, stderr: error)
        if let size = context.streams.terminalSize { (request.rows, request.columns) = (size.rows, size.columns) }
        return request
    }
}

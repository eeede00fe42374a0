import BerthAPI
import ContainerRuntime
import LinuxSystem
import ShimStreams

extension ProcessStreams {
    /// Makes pipes and keeps the shim's ends.
    ///
    /// - Returns: the process's ends.
    func connectPipes(input: Bool) throws -> StandardStreams {
        let output = try Pipe()
        let error = try Pipe()
        var ends = Ends(stdout: try output.read.duplicate(), stderr: try error.read.duplicate(), stdin: nil)
        let stdin: SharedDescriptor
        if input {
            let pipe = try Pipe()
            ends.stdin = try pipe.write.duplicate()
            stdin = try pipe.read.duplicate().shared()
        } else {
            stdin = try openNullDevice()
        }
        try connect(ends)
        return StandardStreams(
            input: stdin, output: try output.write.duplicate().shared(), error: try error.write.duplicate().shared())
    }

    func connectTerminal(_ master: SharedDescriptor) throws {
        try connect(Ends(stdout: try master.duplicate(), stderr: nil, stdin: try master.duplicate()))
    }

    func attach(_ request: AttachRequest, isViewer: Bool = false) throws -> Descriptor {
        try attach(stdin: request.stdin, stdout: request.stdout, stderr: request.stderr, isViewer: isViewer)
    }
}

extension StandardStreams {
    var all: [CInt] { [input.raw, output.raw, error.raw] }
}

extension AttachRequest {
    var terminalSize: TerminalSize? {
        guard let rows, let columns, (1...0xffff).contains(rows), (1...0xffff).contains(columns) else { return nil }
        return TerminalSize(rows: rows, columns: columns)
    }
}

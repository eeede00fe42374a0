import ArgumentParser
import BerthAPI
import BerthClient
import JSONRPC
import LinuxSystem

struct ContainerDiffCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Inspect changes to files or directories on a container's filesystem",
        usage: "berth diff CONTAINER")

    @Argument(help: "Name or ID")
    var container: String

    func execute(_ context: CommandContext) throws {
        let reply = try context.client().reply(to: ContainerChanges(id: container))
        guard let file = reply.descriptors.first else { throw CommandFailure("the daemon sent no list of changes") }
        try ChangeLines(file.raw).write(to: context.streams.output)
    }
}

/// The daemon's list of changes as lines; names are written as the bytes that they are.
private struct ChangeLines {
    private let file: CInt

    init(_ file: CInt) { self.file = file }

    func write(to output: CInt) throws {
        var offset: Int64 = 0
        var isLetter = true
        try withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { buffer in
            while true {
                let count = try RegularFile.read(file, into: buffer, at: offset)
                if count == 0 { return }
                offset += Int64(count)
                var lines: [UInt8] = []
                for byte in buffer[..<count] {
                    lines.append(byte == 0 ? 0x0a : byte)
                    if isLetter { lines.append(0x20) }
                    isLetter = byte == 0
                }
                try StandardStream.write(lines, to: output)
            }
        }
    }
}

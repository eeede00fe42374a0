import BerthAPI
import ContentStore
import JSONRPC
import LinuxSystem
import Synchronization

extension Engine {
    private static let programTimeout: CInt = 10_000

    /// Has another program take over, after a look at it: it must run, and accept the configuration that this one was
    /// started with.
    func upgrade(_ request: SystemUpgrade, _ context: RequestContext) async throws -> SystemUpgrade.Result {
        guard let replace = upgrade.withLock({ $0 }) else {
            throw BerthError(.unimplemented, "this daemon cannot replace itself")
        }
        let executable = request.executable ?? configuration.executable
        guard executable.hasPrefix("/") else {
            throw BerthError(.invalidArgument, "an absolute path expected, not \(executable)")
        }
        let arguments = Array(CommandLine.arguments.dropFirst()) + ["--check"]
        let answer = try await images.content.offPool { try Self.ask(executable, arguments) }
        // "berthd 1.2.3: the configuration is valid": anything else is another program.
        guard answer.hasPrefix("berthd "), let version = answer.dropFirst(7).split(separator: ":").first else {
            throw BerthError(.failedPrecondition, "\(executable) is not berthd: it says \"\(answer.prefix(200))\"")
        }
        // Once the client has its answer: its connection ends with this program.
        context.connection.loop.schedule(after: .milliseconds(50)) { replace(executable) }
        return SystemUpgrade.Result(executable: executable, version: String(version))
    }

    /// - Returns: what the program prints, without the newline.
    private static func ask(_ executable: String, _ arguments: [String]) throws -> String {
        let (output, input) = try Pipe().shared()
        var request = SpawnRequest(.path(executable), arguments: [executable] + arguments, environment: [])
        request.descriptors = [0: try openNullDevice(), 1: input, 2: input]
        let process = try spawn(request).shared()
        guard try ProcessDescriptor.waitUntilEnded(process.raw, milliseconds: programTimeout) else {
            try ProcessDescriptor.signal(process.raw, 9)
            _ = try ProcessDescriptor.wait(process.raw)
            throw BerthError(.failedPrecondition, "\(executable) \(arguments.last ?? "") does not end")
        }
        let status = try ProcessDescriptor.wait(process.raw)
        var bytes = [UInt8](repeating: 0, count: 4096)
        try UnixSocket.setNonBlocking(output.raw)
        let count = bytes.withUnsafeMutableBytes { readAvailable(output.raw, into: $0) } ?? 0
        let text = String(decoding: bytes[..<max(0, count)], as: UTF8.self).split(separator: "\n").joined(
            separator: " ")
        guard status?.code == 0 else {
            throw BerthError(.failedPrecondition, "\(executable) refuses to take over: \(text)")
        }
        return text
    }
}

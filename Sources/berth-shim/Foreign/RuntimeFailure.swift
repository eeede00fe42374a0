import BerthAPI
import JSON
import LinuxSystem

/// Why a command of an OCI runtime failed: the last error of its log, in JSON lines `{"level", "msg"}`.
struct RuntimeFailure {
    private let runtime: String
    private let message: String

    init(runtime: String, log: String, status: ExitStatus?) {
        self.runtime = runtime
        message = Self.lastError(of: log) ?? "it ended with status \(status?.code ?? -1)"
    }

    private static func lastError(of log: String) -> String? {
        guard let bytes = try? readFile(log, limit: 1 << 20) else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n")).compactMap { try? JSON(parsing: Array($0)) }
        let errors = lines.filter { ["error", "fatal"].contains($0["level"]?.string) }
        return (errors.last ?? lines.last)?["msg"]?.string
    }

    /// As `ShimStart` promises it. Runtimes tell a missing program and one that cannot be executed by words alone;
    /// docker reads the same ones.
    var error: BerthError {
        let text = "\(runtime): \(message)"
        let words = message.lowercased()
        let isOfProgram = words.contains("exec") || words.contains("open `")
        if isOfProgram, words.contains("not found") || words.contains("no such file") {
            return BerthError(.notFound, text, object: "executable")
        }
        if isOfProgram, words.contains("permission denied") || words.contains("exec format error") {
            return BerthError(.permissionDenied, text, object: "executable")
        }
        return BerthError(.internal, text)
    }
}

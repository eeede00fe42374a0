import JSON
import LinuxSystem

/// Where errors and warnings go: the standard error, or a file as OCI engines read it.
struct Log {
    var path: String?
    var json: Bool

    func error(_ message: String) { write("error", message) }
    func warning(_ message: String) { write("warning", message) }

    private func write(_ level: String, _ message: String) {
        var line = "berth-runtime: \(message)\n"
        if json {
            let object = JSON.object([("level", JSON(level)), ("msg", JSON(message))])
            line = String(decoding: object.serialized(), as: UTF8.self) + "\n"
        }
        // There is nobody left to tell when a log cannot be written.
        do {
            guard let path else { return try StandardStream.write(Array(line.utf8), to: StandardStream.error) }
            let file = try openForAppending(path, mode: 0o644)
            try StandardStream.write(Array(line.utf8), to: file.raw)
        } catch {
            return
        }
    }
}

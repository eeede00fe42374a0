import JSON
import LinuxSystem

/// Where errors, warnings and steps go. Errors and warnings: the standard error; and all of it a file when there is one,
/// in which an engine looks for the last error.
struct Log {
    var path: String?
    var json = false
    var debug = false

    func error(_ message: String) { write("error", message, alsoHere: true) }
    func warning(_ message: String) { write("warning", message, alsoHere: path == nil) }

    func step(_ message: @autoclosure () -> String) {
        if debug { write("debug", message(), alsoHere: path == nil) }
    }

    private func write(_ level: String, _ message: String, alsoHere: Bool) {
        let plain = "berth-runtime: \(message)\n"
        // There is nobody left to tell when a log cannot be written.
        do {
            if let path {
                let file = try openForAppending(path, mode: 0o644)
                try StandardStream.write(Array(line(level, message).utf8), to: file.raw)
            }
        } catch {
            return writeHere(plain)
        }
        if alsoHere { writeHere(path == nil && json ? line(level, message) : plain) }
    }

    private func writeHere(_ line: String) {
        do {
            try StandardStream.write(Array(line.utf8), to: StandardStream.error)
        } catch {
            return
        }
    }

    /// As the engines read it: `level`, `msg` and an RFC 3339 `time`.
    private func line(_ level: String, _ message: String) -> String {
        let time = WallClock.rfc3339(nanoseconds: Host.now)
        guard json else { return "\(time) \(level): \(message)\n" }
        let object = JSON.object([("level", JSON(level)), ("msg", JSON(message)), ("time", JSON(time))])
        return String(decoding: object.serialized(), as: UTF8.self) + "\n"
    }
}

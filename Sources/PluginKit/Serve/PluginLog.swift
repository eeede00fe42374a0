import JSON
import LinuxSystem
import Synchronization

/// What a plugin has to say to the operator: one JSON object a line on its standard error, which the supervisor
/// collects and stamps with time and name.
///
///     {"level":"warning","message":"the pool is nearly used up","fields":{"free":3}}
public enum PluginLog {
    public enum Level: Int, Comparable, Sendable {
        case debug, info, warning, error

        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    private static let minimum = Mutex(Level.info)

    /// Lines below it are not written.
    public static var level: Level {
        get { minimum.withLock { $0 } }
        set { minimum.withLock { $0 = newValue } }
    }

    public static func debug(_ message: String, _ fields: [(String, JSON)] = []) { write(.debug, message, fields) }

    public static func info(_ message: String, _ fields: [(String, JSON)] = []) { write(.info, message, fields) }

    public static func warning(_ message: String, _ fields: [(String, JSON)] = []) { write(.warning, message, fields) }

    public static func error(_ message: String, _ fields: [(String, JSON)] = []) { write(.error, message, fields) }

    private static func write(_ level: Level, _ message: String, _ fields: [(String, JSON)]) {
        guard level >= self.level else { return }
        var members: [(String, JSON)] = [("level", JSON("\(level)")), ("message", JSON(message))]
        if !fields.isEmpty { members.append(("fields", .object(fields))) }
        var line: [UInt8] = []
        JSON.object(members).write(into: &line)
        line.append(UInt8(ascii: "\n"))
        // What cannot be written is lost: there is nowhere else to say so.
        try? StandardStream.write(line, to: StandardStream.error)
    }
}

import JSON
import LinuxSystem
import Supervisor

/// What the daemon's program before this one left open in the process, so that nobody notices the change: a JSON document
/// in a file in memory, whose descriptor an environment variable names.
struct Inheritance: Codable, Sendable {
    private static let variable = "BERTH_INHERITANCE"

    /// Open descriptors: the API's listening socket, and the lock.
    var socket: CInt
    var lock: CInt
    var plugins: [String: PluginHandover]

    /// - Returns: nil for a daemon that was started as such.
    static func take() throws -> Inheritance? {
        guard let text = environmentVariable(variable), let raw = CInt(text) else { return nil }
        let file = try inheritDescriptor(raw)
        return try JSON(parsing: try RegularFile.readAll(file.raw, limit: 4 << 20)).decode(Inheritance.self)
    }

    /// Runs `executable` in this process's place.
    ///
    /// - Returns: only by throwing.
    func replace(with executable: String, arguments: [String]) throws -> Never {
        let file = try memoryFile(try JSON(encoding: self).serialized())
        let others = environmentVariables().filter { !$0.hasPrefix(Self.variable + "=") }
        let plugins = plugins.values.flatMap(\.descriptors)
        try replaceProgram(
            executable, arguments: arguments, environment: others + ["\(Self.variable)=\(file.raw)"],
            keeping: [socket, lock, file.raw] + plugins)
    }
}

import BerthAPI
import LinuxSystem

/// The OCI runtimes that the daemon was told of, beside its own.
public struct RuntimeTable: Sendable {
    /// The name of Berth's own runtime.
    public static let own = "berth"

    /// Name → executable and the options before its verb.
    public var commands: [String: [String]] = [:]
    /// Taken when a container names none.
    public var defaultName = RuntimeTable.own

    public init() {}

    public var names: [String] { [Self.own] + commands.keys.sorted() }

    /// - Returns: What the shim is to drive; nil for Berth's own runtime.
    /// - Throws: `BerthError` when there is no such runtime.
    func command(of name: String) throws -> [String]? {
        if name == Self.own { return nil }
        guard let command = commands[name] else {
            throw BerthError(
                .invalidArgument, "unknown or invalid runtime name: \(name)", object: "runtime \(name)",
                hint: "the daemon knows \(names.joined(separator: ", "))")
        }
        return command
    }

    /// What is wrong with the table: sentences. A runtime that is not there hurts only the containers that name it.
    public var faults: [String] {
        commands.sorted { $0.key < $1.key }.compactMap { name, command in
            do {
                try FileAccess.requireExecutable(command[0])
                return nil
            } catch {
                return "runtime \(name): \(error)"
            }
        }
    }
}

public import LinuxSystem

/// Why a container or a process in it could not be made or started: one sentence for a person, and what callers map.
public struct LaunchError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: UInt8, Sendable {
        /// The configuration contradicts itself, or asks for what does not exist.
        case invalid = 1
        /// The configuration asks for what this host or this runtime has not.
        case unsupported
        /// The program is not there: docker's exit code 127.
        case executableNotFound
        /// The program may not or cannot be executed: docker's exit code 126.
        case notExecutable
        /// The user or group is in no file of the container.
        case unknownUser
        /// A call failed in setting up.
        case system
        /// The state does not allow it: already started, paused, gone.
        case state
    }

    public var kind: Kind
    public var message: String
    /// What the kernel said, where it did.
    public var errno: Errno?

    public init(_ kind: Kind, _ message: String, _ errno: Errno? = nil) {
        self.kind = kind
        self.message = message
        self.errno = errno
    }

    /// A failed call, with what it was part of.
    public init(_ error: SystemError, _ stage: String) {
        self.init(.system, "\(stage): \(error)", error.errno)
    }

    /// A field of the configuration, by its dotted path, and what is wrong with it.
    static func invalid(_ field: String, _ what: String) -> LaunchError { LaunchError(.invalid, "\(field): \(what)") }

    public var description: String { message }

    /// The exit code that docker's `run` gives for it.
    public var exitCode: CInt {
        switch kind {
        case .executableNotFound: 127
        case .notExecutable: 126
        case .invalid, .unsupported, .unknownUser, .system, .state: 125
        }
    }
}

/// Names the stage that a call belongs to, in its error.
func during<R: ~Copyable>(_ stage: @autoclosure () -> String, _ body: () throws(SystemError) -> R) throws(LaunchError)
    -> R
{
    do {
        return try body()
    } catch {
        throw LaunchError(error, stage())
    }
}
